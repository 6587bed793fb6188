import { type AnyObject, apiVersionOf, type KindInfo, kinds } from './kinds.ts';
import { legacyGroup } from './legacy/kinds.ts';
import type { Problem } from './problem.ts';
import { nearest } from './suggestion.ts';

export interface KindVersion {
  readonly info: KindInfo<AnyObject>;
  readonly version: string;
}

const byName: ReadonlyMap<string, KindInfo<AnyObject>> = new Map(Object.entries(kinds));
/** The words of the others are too usual to be suggested outside of their group. */
const usualKinds: readonly string[] = Object.values(kinds).filter(({ legacy = false }) => !legacy)
  .map(({ kind }) => kind);
const gatewayGroups = new Set([kinds.Gateway.group, kinds.XBackend.group, kinds.GatewayParameters.group]);
/** Kinds of those groups for which there is no use here. */
const upstreamOnly = new Set(['XMesh']);
/** Kinds of Edge Stack that keep requests out. */
const edgeStackGuards = new Set(['Filter', 'FilterPolicy', 'RateLimit']);

/** The kind and version that a manifest names, or why nothing here reads it. */
export function findKind(
  raw: Readonly<Record<string, unknown>>,
): KindVersion | { readonly problem: Problem } {
  const { apiVersion, kind } = raw;
  if (typeof kind !== 'string' || kind === '') return wrong('kind', kind, 'a kind, such as HTTPRoute');
  const info = byName.get(kind);
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    return wrong('apiVersion', apiVersion, info === undefined ? 'group/version' : apiVersionOf(info));
  }
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  // Other projects have Hosts and Modules of their own.
  const foreign = info?.legacy === true && info.group !== group && !isLegacy(group);
  if (info === undefined || foreign) return unknownKind(kind, group);
  if (info.group !== group) return otherGroup(info, apiVersion);
  if (info.versions.includes(version)) return { info, version };
  const expected = info.versions.map((accepted) => apiVersionOf(info, accepted)).join(' or ');
  return problem({
    severity: 'error',
    path: ['apiVersion'],
    message: `${apiVersion} is not a version of ${kind}`,
    expected,
  });
}

function wrong(field: string, value: unknown, expected: string): { readonly problem: Problem } {
  const absent = value === undefined || value === null || value === '';
  const message = absent ? 'is required' : 'is not a string';
  return problem({ severity: 'error', path: [field], message, expected });
}

function isLegacy(group: string): boolean {
  return group === legacyGroup || group === 'ambassador';
}

/** A misspelt kind is a mistake; a Deployment in the same folder is only none of our business. */
function unknownKind(kind: string, group: string): { readonly problem: Problem } {
  if (isLegacy(group) && edgeStackGuards.has(kind)) {
    const message =
      `${kind} is a kind of Edge Stack that is not read here, so what it guards is served without it`;
    return problem({ severity: 'error', path: ['kind'], message });
  }
  const near = nearest(kind, isLegacy(group) ? byName.keys() : usualKinds);
  const ours = gatewayGroups.has(group) && !upstreamOnly.has(kind);
  return problem({
    severity: near !== undefined || ours ? 'error' : 'warning',
    path: ['kind'],
    message: `${kind} is not a kind that is read here, so the object has no effect`,
    ...(near === undefined ? {} : { expected: near }),
  });
}

/** Other projects have Gateways and Services of their own, so another group alone is no mistake. */
function otherGroup(info: KindInfo, apiVersion: string): { readonly problem: Problem } {
  const expected = apiVersionOf(info);
  if (info.legacy === true && apiVersion.startsWith('ambassador/')) {
    const message =
      `the ${info.kind} of ${apiVersion} is read only in the annotation getambassador.io/config`;
    return problem({ severity: 'error', path: ['apiVersion'], message, expected });
  }
  const ours = apiVersion.includes('gateway.networking') || !apiVersion.includes('/');
  const misspelt = ours || nearest(apiVersion, info.versions.map((version) => apiVersionOf(info, version)));
  return problem({
    severity: misspelt ? 'error' : 'warning',
    path: ['apiVersion'],
    message: `the ${info.kind} of ${apiVersion} is not read here, so the object has no effect`,
    expected,
  });
}

function problem(found: Problem): { readonly problem: Problem } {
  return { problem: found };
}
