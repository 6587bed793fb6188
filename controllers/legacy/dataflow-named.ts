/** The part of the legacy dataflow that is about what others name: Modules, TLSContexts, resolvers. */

import {
  type CircuitBreakerV0,
  isServed,
  type LegacySettings,
  type Module,
  type OutlierDetectionV0,
} from '../../lib/api/legacy/mod.ts';
import type { KubeObject } from '../../lib/api/mod.ts';
import type { Collection, Graph } from '../../lib/graph/types.ts';
import type { ObjectCollections } from '../inputs.ts';
import { allServed, firstServed, nameOf } from './first-served.ts';
import type { NamedContext } from './flow.ts';
import { type Resolver, type ResolverObject, resolverOfObject } from './resolvers.ts';
import type { NamedModule } from './settings.ts';
import { moduleContexts } from './tls-module.ts';

export interface NamedFlow {
  readonly modules: Collection<NamedModule>;
  readonly contexts: Collection<NamedContext>;
  readonly resolvers: Collection<Resolver>;
  readonly circuitBreakers: Collection<CircuitBreakerV0>;
  readonly outlierDetections: Collection<OutlierDetectionV0>;
}

export function declareNamed(
  graph: Graph,
  objects: ObjectCollections,
  legacy: LegacySettings,
): NamedFlow {
  const byName = <K extends KubeObject>(from: Collection<K>): Collection<K> =>
    graph.map(`${from.name}ByName`, from, (each) => ({ ...each, key: each.metadata.name }));
  const modules = graph.map(
    'legacyModules',
    graph.index(
      'legacyModulesByName',
      objects.Module,
      (each: Module) => isServed(each, legacy) ? [each.metadata.name] : [],
    ),
    ({ key, members: [module] }): NamedModule | undefined => module && { key, module },
  );
  const contexts = graph.map(
    'legacyContexts',
    graph.index(
      'legacyContextsByName',
      graph.merge('legacyContextsOfAll', [
        allServed(graph, objects.TLSContext, { name: 'legacyContextsServed', legacy }),
        graph.flatMap('legacyModuleContexts', modules, moduleContexts),
      ]),
      (each) => [each.metadata.name],
    ),
    ({ key, members: [context] }): NamedContext | undefined => context && { key, context },
  );
  const resolvers = graph.map(
    'legacyResolvers',
    graph.index(
      'legacyResolversByName',
      graph.merge<ResolverObject>('legacyResolversOfAll', [
        graph.map('legacyServiceResolvers', objects.KubernetesServiceResolver, keyedByKind),
        graph.map('legacyEndpointResolvers', objects.KubernetesEndpointResolver, keyedByKind),
        graph.map('legacyConsulResolvers', objects.ConsulResolver, keyedByKind),
      ]),
      (each) => [nameOf(each)],
    ),
    ({ key, members: [resolver] }) => resolver && resolverOfObject(key, resolver),
  );

  // Objects of v0 that Mappings name.
  const circuitBreakers = byName(firstServed(graph, objects.CircuitBreaker, { legacy }));
  const outlierDetections = byName(firstServed(graph, objects.OutlierDetection, { legacy }));
  return { modules, contexts, resolvers, circuitBreakers, outlierDetections };

  function keyedByKind<R extends ResolverObject>(object: R): R | undefined {
    return isServed(object, legacy) ? { ...object, key: `${object.kind}/${object.key}` } : undefined;
  }
}
