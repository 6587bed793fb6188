import { z } from 'zod';

import { type LabelSelector, labelSelectorSchema } from '../label-selector.ts';
import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import { defined } from './parts/defined.ts';
import { without } from './parts/shape.ts';
import { type TLSSettings, tlsSettings } from './parts/tls-settings.ts';

export interface Host extends KubeObject {
  readonly kind: 'Host';
  readonly spec: HostSpec;
}

/** A hostname with its certificate, and what becomes of requests to it. */
export interface HostSpec extends Addressed {
  /** A name or a glob, such as `*.example.com`; `*` by default. */
  readonly hostname: string;
  /** Mappings that it has; those that name a host must have one that fits as well. */
  readonly mappingSelector?: LabelSelector | undefined;
  /** Without it there is no TLS; in the namespace of the Host unless it has one. */
  readonly tlsSecret?: { readonly name: string; readonly namespace?: string | undefined } | undefined;
  /** The name of a TLSContext of its namespace. */
  readonly tlsContext?: string | undefined;
  /** Not beside `tlsContext`. */
  readonly tls?: TLSSettings | undefined;
  readonly requestPolicy: RequestPolicy;
  readonly acmeProvider?: ACMEProvider | undefined;
  readonly previewUrl?: PreviewURL | undefined;
}

export interface RequestPolicy {
  /** What becomes of requests that the Listener takes for insecure. */
  readonly insecure: {
    readonly action: 'Redirect' | 'Route' | 'Reject';
    readonly additionalPort?: number | undefined;
  };
}

/** Who would issue certificates. */
export interface ACMEProvider {
  /** `none`, in any case, for no one. */
  readonly authority?: string | undefined;
  readonly email?: string | undefined;
  readonly privateKeySecret?: { readonly name: string } | undefined;
  readonly registration?: string | undefined;
}

export interface PreviewURL {
  readonly enabled?: boolean | undefined;
  readonly type?: 'Path' | undefined;
}

const defaultPolicy: RequestPolicy = { insecure: { action: 'Redirect' } };
const nameSchema = z.object({ name: z.string().default('') });

const requestPolicySchema: z.ZodType<RequestPolicy> = z.object({
  insecure: z.object({
    action: z.enum(['Redirect', 'Route', 'Reject']).default('Redirect'),
    additionalPort: z.int().optional(),
  }).default(() => ({ action: 'Redirect' as const })),
});

/** The `spec` of a Host, which v1 and older versions do not have. */
export function hostSpec(dialect: 'v3alpha1' | 'v2'): z.ZodType<HostSpec> {
  return without({
    ambassador_id: ambassadorIdField,
    ambassadorId: ambassadorIdField,
    hostname: z.string().optional(),
    selector: labelSelectorSchema.optional(),
    mappingSelector: labelSelectorSchema.optional(),
    tlsSecret: z.object({ name: z.string().default(''), namespace: z.string().optional() }).optional(),
    tlsContext: nameSchema.optional(),
    tls: tlsSettings(dialect, {}).optional(),
    requestPolicy: requestPolicySchema.default(() => defaultPolicy),
    acmeProvider: z.object({
      authority: z.string().optional(),
      email: z.string().optional(),
      privateKeySecret: nameSchema.optional(),
      registration: z.string().optional(),
    }).optional(),
    previewUrl: z.object({ enabled: z.boolean().optional(), type: z.literal('Path').optional() }).optional(),
  }, dialect === 'v3alpha1' ? [] : ['mappingSelector']).transform((written) => {
    const { ambassador_id, ambassadorId, hostname, selector, tlsContext, tlsSecret, ...rest } = written;
    return defined({
      ...rest,
      ambassadorIds: ambassadorIdsOf(ambassador_id ?? ambassadorId),
      hostname: hostname || '*',
      mappingSelector: written.mappingSelector ?? selector,
      // Both are references that may be there without a name, which means nothing.
      tlsSecret: tlsSecret?.name === '' ? undefined : tlsSecret,
      tlsContext: tlsContext?.name || undefined,
    });
  });
}
