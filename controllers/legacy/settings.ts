import {
  type AmbassadorModule,
  defaultAmbassadorModule,
  defaultLegacySettings,
  type LegacySettings,
  type Module,
} from '../../lib/api/legacy/mod.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { ObjectRef } from '../../lib/model/mod.ts';
import type { KubeObject } from '../../lib/api/mod.ts';
import type { Settings } from '../settings.ts';

export const LEGACY_GROUP = 'getambassador.io';

export function legacySettings({ legacy = defaultLegacySettings }: Settings): LegacySettings {
  return legacy;
}

export function refOf({ kind, metadata: { namespace = '', name } }: KubeObject): ObjectRef {
  return { group: LEGACY_GROUP, kind, namespace, name };
}

/** A Service or Ingress, which may have legacy resources in its annotations. */
export function parentRef({ kind, metadata: { namespace = '', name } }: KubeObject): ObjectRef {
  return { group: kind === 'Ingress' ? 'networking.k8s.io' : '', kind, namespace, name };
}

const defaults = defaultAmbassadorModule();

/** Modules that count, by their name. */
export interface NamedModule {
  readonly key: string;
  readonly module: Module;
}

export function ambassadorModule(fetch: Fetch, modules: Collection<NamedModule>): AmbassadorModule {
  const spec = fetch.one(modules, 'ambassador')?.module.spec;
  return spec?.module === 'ambassador' ? spec.config : defaults;
}
