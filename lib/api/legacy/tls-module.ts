import { z } from 'zod';

import { type TLSSettings, tlsSettings } from './parts/tls-settings.ts';

/** TLSContexts by name. `server` terminates TLS on every host, `client` says whose certificates clients must have. */
export type TLSModule = Readonly<Record<string, TLSModuleContext>>;

export interface TLSModuleContext extends TLSSettings {
  readonly enabled: boolean;
  /** By default `ambassador-certs` for `server`, and `ambassador-cacert` for `client`, where they exist. */
  readonly secret?: string | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly secretNamespacing?: boolean | undefined;
}

const contextSchema: z.ZodType<TLSModuleContext> = tlsSettings('Module', {
  enabled: z.boolean().default(true),
  secret: z.string().optional(),
  hosts: z.array(z.string()).optional(),
  secret_namespacing: z.boolean().optional(),
});

export const tlsModuleSchema: z.ZodType<TLSModule> = z.record(z.string(), contextSchema);
