import { z } from 'zod';

import { type BackendTLSPolicyValidation, backendTLSValidationSchema } from './backend-tls-policy.ts';
import { type Condition, conditionSchema } from './condition.ts';
import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import {
  controllerNameSchema,
  isQualifiedName,
  labelValueSchema,
  portNumberSchema,
  preciseHostnameSchema,
} from './names.ts';
import { type SecretObjectReference, secretObjectReferenceSchema } from './object-reference.ts';
import type { KubeObject } from './object.ts';
import { type ParentReference, parentReferenceSchema } from './parent-reference.ts';
import { maxProperties, minProperties, rule, unionMember, uniqueBy } from './rule.ts';
import { type SessionPersistence, sessionPersistenceSchema } from './session-persistence.ts';

/** A backend that is not a Service: an outside hostname or endpoints chosen by labels. */
export interface XBackend extends KubeObject {
  readonly kind: 'XBackend';
  readonly spec: BackendSpec;
}

export type BackendProtocol = 'TCP' | 'HTTP' | 'HTTP2' | 'HTTP11' | 'H2C' | 'MCP' | 'GRPC' | 'WSS';

export interface BackendSpec {
  readonly type: 'ExternalHostname' | 'EndpointSelector';
  /** Present if and only if `type` is `ExternalHostname`. */
  readonly externalHostname?: ExternalHostnameBackend | undefined;
  /** Present if and only if `type` is `EndpointSelector`. */
  readonly endpointSelector?: EndpointSelectorBackend | undefined;
  readonly port: BackendPort;
  readonly protocol?: BackendProtocol | undefined;
  readonly tls: BackendTLS;
  readonly sessionPersistence?: SessionPersistence | undefined;
}

export interface BackendPort {
  readonly number?: number | undefined;
}

export interface ExternalHostnameBackend {
  readonly hostname: string;
}

export interface EndpointSelectorBackend {
  readonly matchLabels: Readonly<Record<string, string>>;
}

export interface BackendTLS {
  /** `None` if the object has no `tls`. */
  readonly mode: 'None' | 'ServerOnly' | 'ClientAndServer';
  /** Present unless `mode` is `None`. */
  readonly validation?: BackendTLSPolicyValidation | undefined;
  /** Present if and only if `mode` is `ClientAndServer`. */
  readonly clientCertificateRef?: SecretObjectReference | undefined;
}

export interface BackendStatus {
  readonly ancestors?: readonly BackendAncestorStatus[] | undefined;
}

export interface BackendAncestorStatus {
  readonly ancestorRef: ParentReference;
  readonly controllerName: string;
  readonly conditions?: readonly Condition[] | undefined;
}

const tlsSchema = z.object({
  mode: z.enum(['None', 'ServerOnly', 'ClientAndServer']),
  validation: backendTLSValidationSchema.optional(),
  clientCertificateRef: secretObjectReferenceSchema.optional(),
}).check(
  rule<BackendTLS>(
    '217c2b8d',
    ({ mode, clientCertificateRef }) => (mode === 'ClientAndServer') === (clientCertificateRef !== undefined),
    { message: 'is required for mode ClientAndServer, and only for it', path: ['clientCertificateRef'] },
  ),
  rule<BackendTLS>('cc86976f', ({ mode, validation }) => (mode !== 'None') === (validation !== undefined), {
    message: 'is required for modes ServerOnly and ClientAndServer, and only for them',
    path: ['validation'],
  }),
);

const noTLS: { mode: 'None' } = { mode: 'None' };

const specSchema = z.object({
  type: z.enum(['ExternalHostname', 'EndpointSelector']),
  externalHostname: z.object({
    hostname: preciseHostnameSchema.check(
      rule<string>('d5703499', (name) => !name.endsWith('.cluster.local'), {
        message: 'is a name of this cluster: refer to the Service instead',
      }),
    ),
  }).optional(),
  endpointSelector: z.object({
    matchLabels: z.record(z.string(), labelValueSchema).check(
      minProperties(1),
      maxProperties(64),
      rule<Record<string, string>>('2cb28443', (labels) => Object.keys(labels).every(isQualifiedName), {
        message: "keys are up to 63 letters, digits, '-', '_' and '.', after an optional DNS name and '/'",
        path: (labels) => Object.keys(labels).filter((key) => !isQualifiedName(key)).slice(0, 1),
      }),
    ),
  }).optional(),
  port: z.object({ number: portNumberSchema.optional() }).check(minProperties(1)),
  protocol: z.enum(['TCP', 'HTTP', 'HTTP2', 'HTTP11', 'H2C', 'MCP', 'GRPC', 'WSS']).optional(),
  tls: tlsSchema.default(() => noTLS),
  sessionPersistence: sessionPersistenceSchema.optional(),
}).check(
  ...unionMember<BackendSpec>({
    field: 'externalHostname',
    type: 'ExternalHostname',
    by: 'type',
    rules: ['05b73fcd'],
  }),
  ...unionMember<BackendSpec>({
    field: 'endpointSelector',
    type: 'EndpointSelector',
    by: 'type',
    rules: ['2ef2f889'],
  }),
  rule<BackendSpec>('ebef1fd9', ({ protocol, tls }) => protocol !== 'H2C' || tls.mode === 'None', {
    message: 'must be None for protocol H2C: HTTP/2 over TLS is protocol HTTP2',
    path: ['tls', 'mode'],
  }),
  rule<BackendSpec>('1a2558c2', ({ protocol, tls }) => protocol !== 'HTTP2' || tls.mode !== 'None', {
    message: 'must not be None for protocol HTTP2: HTTP/2 without TLS is protocol H2C',
    path: ['tls', 'mode'],
  }),
  rule<BackendSpec>('19c14360', ({ protocol, tls }) => protocol !== 'WSS' || tls.mode !== 'None', {
    message: 'must not be None for protocol WSS',
    path: ['tls', 'mode'],
  }),
  rule<BackendSpec>(
    'd7aaa4e3',
    ({ type, sessionPersistence }) => type === 'EndpointSelector' || sessionPersistence === undefined,
    { message: 'is only for type EndpointSelector', path: ['sessionPersistence'] },
  ),
);

export const xBackendSchema: z.ZodType<Manifest<XBackend>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('XBackend'),
  metadata: namespacedMetaSchema,
  spec: specSchema,
});

export const backendStatusSchema: z.ZodType<BackendStatus> = z.object({
  ancestors: z.array(z.object({
    ancestorRef: parentReferenceSchema,
    controllerName: controllerNameSchema,
    conditions: z.array(conditionSchema).check(uniqueBy<Condition>({ keys: ['type'], what: 'condition' }))
      .optional(),
  })).max(32).optional(),
});
