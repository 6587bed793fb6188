import { kinds } from '../../lib/api/mod.ts';
import { definitionType } from '../../lib/kube/installed-kinds.ts';
import { infrastructureTypes } from '../../lib/kube/infrastructure-types.ts';

/** Of a Role or ClusterRole. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface Resource {
  readonly group: string;
  readonly plural: string;
}

/** How whatever is followed is asked for. */
const READ = ['get', 'list', 'watch'] as const;
/** Server-side apply, which needs both where the object is not there yet. */
const APPLY = ['create', 'patch'] as const;

/** One line for each thing that the controller does anywhere in the cluster, such as `patch apps/deployments`. */
export function clusterRights(): string[] {
  const infos = Object.values(kinds);
  const read = [...infos, definitionType, ...infrastructureTypes];
  // The certificates of controllers and proxies are in Secrets.
  const applied = [...infrastructureTypes, kinds.Secret];
  const judged = infos.filter(({ status }) => status !== undefined);
  return inOrder([
    ...read.flatMap((type) => rights(READ, type)),
    ...applied.flatMap((type) => rights(APPLY, type)),
    ...infrastructureTypes.map((type) => right('delete', type)),
    ...judged.map(({ group, plural }) => right('patch', { group, plural: `${plural}/status` })),
  ]);
}

/** What it does in its own namespace besides: the election by a Lease. */
export function namespaceRights(): string[] {
  const leases = { group: 'coordination.k8s.io', plural: 'leases' };
  return inOrder([
    right('create', leases),
    right('get', leases, 'dragoman'),
    right('update', leases, 'dragoman'),
  ]);
}

/** What rules give, in the same lines; one that is given twice is there twice. */
export function givenBy(rules: readonly PolicyRule[]): string[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames = [undefined], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((plural) =>
        resourceNames.flatMap((name) => verbs.map((verb) => right(verb, { group, plural }, name)))
      )
    )
  ).sort();
}

function rights(verbs: readonly string[], resource: Resource): string[] {
  return verbs.map((verb) => right(verb, resource));
}

function right(verb: string, { group, plural }: Resource, name?: string): string {
  return `${verb} ${group}/${plural}${name === undefined ? '' : ` ${name}`}`;
}

function inOrder(lines: readonly string[]): string[] {
  return [...new Set(lines)].sort();
}
