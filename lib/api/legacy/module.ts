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
  /** Of v0 alone, an AuthService under another name. */
  | { readonly module: 'authentication'; readonly config: AuthServiceSpec }
  /** Has no effect. */
  | { readonly module: 'unknown'; readonly config: Opaque };

/** The names of Modules that mean something. */
export type ModuleName = Exclude<ModuleConfig['module'], 'unknown'>;

const configs: Readonly<Record<ModuleName, z.ZodType>> = {
  ambassador: ambassadorModuleSchema,
  tls: tlsModuleSchema,
  authentication: authServiceSpec('v0'),
};

/** Which settings a Module of this name has, in one version. */
export function moduleOf(name: unknown, dialect: Dialect): ModuleConfig['module'] {
  if (name === 'ambassador' || name === 'tls') return name;
  return name === 'authentication' && dialect === 'v0' ? name : 'unknown';
}

/** The `spec` of a Module of one version and name. */
export function moduleSpec(dialect: Dialect, module: ModuleConfig['module']): z.ZodType<ModuleSpec> {
  const config = module === 'unknown' ? opaqueSchema : configs[module];
  const schema = z.object({ ambassador_id: ambassadorIdField, config: config.prefault({}) })
    .transform(({ ambassador_id, config }) => ({
      ambassadorIds: ambassadorIdsOf(ambassador_id),
      module,
      config,
    }));
  return schema as unknown as z.ZodType<ModuleSpec>;
}
