import { z } from 'zod';

import { type BackendObjectReference, backendObjectReferenceSchema } from './backend-reference.ts';
import { unionMember, uniqueItems } from './rule.ts';
import { text } from './text.ts';

/** Asks another server whether a request may pass (GEP-1494). */
export interface HTTPExternalAuthFilter {
  /** `GRPC` is Envoy's ext_authz protocol. */
  readonly protocol: 'HTTP' | 'GRPC';
  readonly backendRef: BackendObjectReference;
  /** Present if and only if `protocol` is `GRPC`. */
  readonly grpc?: GRPCAuthConfig | undefined;
  /** Present if and only if `protocol` is `HTTP`. */
  readonly http?: HTTPAuthConfig | undefined;
  readonly forwardBody?: ForwardBodyConfig | undefined;
}

export interface GRPCAuthConfig {
  readonly allowedHeaders?: readonly string[] | undefined;
}

export interface HTTPAuthConfig {
  /** Put before the path of the authorisation request. */
  readonly path?: string | undefined;
  readonly allowedHeaders?: readonly string[] | undefined;
  readonly allowedResponseHeaders?: readonly string[] | undefined;
}

export interface ForwardBodyConfig {
  /** Bytes; larger bodies are truncated; 0 or absent forwards none. */
  readonly maxSize?: number | undefined;
}

const headerListSchema = z.array(z.string()).max(64).check(uniqueItems());
const pathPattern = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$/;

export const externalAuthFilterSchema: z.ZodType<HTTPExternalAuthFilter> = z.object({
  protocol: z.enum(['HTTP', 'GRPC']),
  backendRef: backendObjectReferenceSchema,
  grpc: z.object({ allowedHeaders: headerListSchema.optional() }).optional(),
  http: z.object({
    path: text({ max: 1024 }).regex(pathPattern, 'a URL path').optional(),
    allowedHeaders: headerListSchema.optional(),
    allowedResponseHeaders: headerListSchema.optional(),
  }).optional(),
  forwardBody: z.object({ maxSize: z.int32().min(0).optional() }).optional(),
}).check(
  ...unionMember<HTTPExternalAuthFilter>({
    field: 'grpc',
    type: 'GRPC',
    by: 'protocol',
    rules: ['1add1dca', 'fbee517e'],
  }),
  ...unionMember<HTTPExternalAuthFilter>({
    field: 'http',
    type: 'HTTP',
    by: 'protocol',
    rules: ['e2083e9f', '43a774e0'],
  }),
);
