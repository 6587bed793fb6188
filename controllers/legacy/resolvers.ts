import type {
  ConsulResolver,
  KubernetesEndpointResolver,
  KubernetesServiceResolver,
} from '../../lib/api/legacy/mod.ts';
import type { Collection, Fetch, Keyed } from '../../lib/graph/types.ts';
import type { ObjectRef } from '../../lib/model/mod.ts';
import { ambassadorModule, type NamedModule, refOf } from './settings.ts';

export type ResolverObject = KubernetesServiceResolver | KubernetesEndpointResolver | ConsulResolver;

/** Where the endpoints of services come from. `key` is the name by which Mappings ask for it. */
export interface Resolver extends Keyed {
  readonly kind: ResolverObject['kind'];
  /** Absent: it is always there. */
  readonly object?: ObjectRef;
  readonly consul?: ConsulAgent;
}

/** Whom to ask, and for which resolver. */
export interface ConsulAgent {
  readonly resolver: ObjectRef;
  readonly address: string;
  readonly datacenter: string;
}

export interface ResolverReads {
  readonly modules: Collection<NamedModule>;
  readonly resolvers: Collection<Resolver>;
}

export function resolverOfObject(key: string, object: ResolverObject): Resolver {
  const { kind } = object;
  const ref = refOf(object);
  if (object.kind !== 'ConsulResolver') return { key, kind, object: ref };
  const { address, datacenter } = object.spec;
  return { key, kind, object: ref, consul: { resolver: ref, address, datacenter } };
}

const BUILT_IN: Readonly<Record<string, Resolver['kind']>> = {
  'kubernetes-service': 'KubernetesServiceResolver',
  endpoint: 'KubernetesEndpointResolver',
  'kubernetes-endpoint': 'KubernetesEndpointResolver',
};

/** Two names of one resolver, unless each has its own. */
const ALIASES: Readonly<Record<string, string>> = {
  endpoint: 'kubernetes-endpoint',
  'kubernetes-endpoint': 'endpoint',
  consul: 'consul-endpoint',
  'consul-endpoint': 'consul',
};

/** The resolver that a resource asks for, or the Module's for all, or why there is none. */
export function resolverOf(
  { resolver: asked, service }: { readonly resolver?: string | undefined; readonly service: string },
  fetch: Fetch,
  { modules, resolvers }: ResolverReads,
): Resolver | { readonly problem: string } {
  const name = asked ?? ambassadorModule(fetch, modules).resolver;
  const kind = BUILT_IN[name];
  const alias = ALIASES[name];
  const found = fetch.one(resolvers, name) ??
    (alias === undefined ? undefined : fetch.one(resolvers, alias)) ??
    (kind === undefined ? undefined : { key: name, kind });
  if (found === undefined) return { problem: `unable to find resolver ${name}.` };
  const { consul } = found;
  if (consul === undefined) return found;
  if (consul.address === '') return { problem: `ConsulResolver ${name} has no address.` };
  if (consul.datacenter === '') return { problem: `ConsulResolver ${name} has no datacenter.` };
  const host = service.replace(/^[a-z]+:\/\//i, '');
  if (host.includes('.')) {
    return { problem: `The ${name} resolver asks Consul, whose services have no dots: ${host}.` };
  }
  return found;
}
