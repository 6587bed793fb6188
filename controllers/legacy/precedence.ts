import type { MappingSpec } from '../../lib/api/legacy/mod.ts';
import type { RouteRank } from '../../lib/model/mod.ts';

/** Methods and hosts of Mappings count as headers. */
interface Condition {
  readonly name: string;
  readonly value: string;
  readonly regex: boolean;
}

/**
 * What a Mapping is ranked by among those of its hostname, compared item by item, the greater first: its precedence, how long
 * its path and conditions are, then the path and the conditions themselves.
 */
export function orderOf(spec: MappingSpec): readonly (number | string)[] {
  const headers = headersOf(spec);
  const query = conditionsOf(spec.queryParameters);
  return [
    spec.precedence,
    spec.path.value.length,
    lengthOf(headers),
    lengthOf(query),
    spec.path.value,
    ...[...headers, ...query].map(({ name, value }) => `${name}-${value}`),
  ];
}

/** In the order in which Emissary reads them. */
function headersOf({ host, method, headers, semantics }: MappingSpec): readonly Condition[] {
  const conditions = conditionsOf(headers);
  // Where no hostname is said it is any, which counts as a condition, too; 0.39 has no such thing.
  if (host !== undefined && (semantics !== '0.39' || host.value !== '*')) {
    conditions.push({ name: ':authority', value: host.value, regex: host.type === 'Regex' });
  }
  if (method !== undefined) {
    conditions.push({ name: ':method', value: method.value, regex: method.type === 'Regex' });
  }
  return conditions;
}

function conditionsOf(matches: MappingSpec['headers']): Condition[] {
  const conditions = matches.map(({ name, type, value }) => ({ name, value, regex: type === 'Regex' }));
  return conditions.sort((a, b) => Number(a.regex) - Number(b.regex));
}

function lengthOf(conditions: readonly Condition[]): number {
  return conditions.reduce(
    (sum, { name, value, regex }) => sum + name.length + value.length + Number(regex),
    0,
  );
}

/** A rank that is decided by this order alone. */
export function rankedBy(order: readonly (number | string)[]): RouteRank {
  return { order, pathType: 0, pathLength: 0, method: 0, headers: 0, queryParams: 0, rule: 0, match: 0 };
}
