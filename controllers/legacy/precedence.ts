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
 * its path and conditions are, then the path itself, the method and the names of conditions.
 */
export function orderOf(spec: MappingSpec): readonly (number | string)[] {
  const headers = headersOf(spec);
  const query = spec.queryParameters.map(conditionOf);
  return [
    spec.precedence,
    spec.path.value.length,
    lengthOf(headers),
    lengthOf(query),
    spec.path.value,
    spec.method?.value ?? 'GET',
    ...headers.map(({ name }) => name).sort(),
    ...query.map(({ name }) => name).sort(),
  ];
}

function headersOf({ host, method, headers }: MappingSpec): readonly Condition[] {
  const conditions = headers.map(conditionOf);
  if (method !== undefined) {
    conditions.push({ name: ':method', value: method.value, regex: method.type === 'Regex' });
  }
  if (host !== undefined && host.value !== '*') {
    conditions.push({ name: ':authority', value: host.value, regex: host.type === 'Regex' });
  }
  return conditions;
}

function conditionOf({ name, type, value }: MappingSpec['headers'][number]): Condition {
  return { name, value, regex: type === 'Regex' };
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
