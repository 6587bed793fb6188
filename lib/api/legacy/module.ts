import { z } from 'zod';

import type { KubeObject } from '../object.ts';
import { type Opaque, opaqueSchema } from '../opaque.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import { type AmbassadorModule, ambassadorModuleSchema } from './ambassador-module.ts';
import { type AuthServiceSpec, authServiceSpec } from './auth-service.ts';
import type { Dialect } from './parts/dialect.ts';
import { type TLSModule, tlsModuleSchema } from './tls-module.ts';

export interface Module extends KubeObject {
  readonly kind: 'Module';
  readonly spec: ModuleSpec;
}

/** Settings of the whole installation; a Module's name says which. */
export type ModuleSpec = Addressed & ModuleConfig;

export type ModuleConfig =
  | { readonly module: 'ambassador'; readonly config: AmbassadorModule }
  | { readonly module: 'tls'; readonly config: TLSModule }
  /** An AuthService under another name. */
  | { readonly module: 'authentication'; readonly config: AuthServiceSpec }
  /** Has no effect. */
  | { readonly module: 'unknown'; readonly config: Opaque };

/** The names of Modules that mean something. */
export type ModuleName = Exclude<ModuleConfig['module'], 'unknown'>;

function configSchema(dialect: Dialect, module: ModuleName): z.ZodType {
  if (module === 'ambassador') return ambassadorModuleSchema;
  if (module === 'tls') return tlsModuleSchema;
  // Since v1 every way to write a field is taken, which v3alpha1 does.
  return authServiceSpec(dialect === 'v0' ? dialect : 'v3alpha1');
}

/** Which settings a Module of this name has. */
export function moduleOf(name: unknown): ModuleConfig['module'] {
  return name === 'ambassador' || name === 'tls' || name === 'authentication' ? name : 'unknown';
}

/** The `spec` of a Module of one version and name. */
export function moduleSpec(dialect: Dialect, module: ModuleConfig['module']): z.ZodType<ModuleSpec> {
  const config = module === 'unknown' ? opaqueSchema : configSchema(dialect, module);
  const schema = z.object({ ambassador_id: ambassadorIdField, config: config.prefault({}) })
    .transform(({ ambassador_id, config }) => ({
      ambassadorIds: ambassadorIdsOf(ambassador_id),
      module,
      config,
    }));
  return schema as unknown as z.ZodType<ModuleSpec>;
}
