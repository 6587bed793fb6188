import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import { camel } from './parts/camel.ts';
import type { Dialect } from './parts/dialect.ts';
import { type TLSSettings, tlsSettings } from './parts/tls-settings.ts';

export interface TLSContext extends KubeObject {
  readonly kind: 'TLSContext';
  readonly spec: TLSContextSpec;
}

/** How TLS is terminated for its hosts, and originated where a resource names it. */
export interface TLSContextSpec extends Addressed, TLSSettings {
  /** Hostnames for which it terminates TLS; without any it is for origination alone. */
  readonly hosts: readonly string[];
  /** The Secret of the certificate: `NAME`, or `NAME.NAMESPACE` unless `secretNamespacing` is false. */
  readonly secret?: string | undefined;
  /** By default the Module says it, and by default of that it is true. */
  readonly secretNamespacing?: boolean | undefined;
}

/** The `spec` of a TLSContext of one version; v0 has only hosts and their Secret. */
export function tlsContextSpec(dialect: Dialect): z.ZodType<TLSContextSpec> {
  const own = {
    ambassador_id: ambassadorIdField,
    hosts: z.array(z.string()).default([]),
    secret: z.string().optional(),
  };
  const schema = dialect === 'v0'
    ? z.object(own).transform(camel)
    : tlsSettings(dialect, { ...own, secret_namespacing: z.boolean().optional() });
  return schema.transform(({ ambassadorId, ...settings }) => ({
    ...settings,
    ambassadorIds: ambassadorIdsOf(ambassadorId),
  }));
}
