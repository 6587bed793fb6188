import type { Endpoint } from '../../lib/model/mod.ts';

/** Gets what is lost: RFC 863's port for discarding, on the proxy itself, where nothing listens or discards. */
const NOWHERE: Endpoint = { address: '127.0.0.1', port: 9 };

/** All weights together, about: what single endpoints get is exact to a millionth. */
const TOTAL = 1_000_000;

export interface WeightedBackend {
  readonly weight: number;
  readonly endpoints: readonly Endpoint[];
}

/**
 * The endpoints of several backends, each of which gets its share however many endpoints it has; the share of one without
 * any is lost. Nothing if none has any.
 */
export function weightedEndpoints(backends: readonly WeightedBackend[]): Endpoint[] {
  const used = backends.filter(({ weight }) => weight > 0).map(({ weight, endpoints }) => ({
    weight,
    endpoints: usable(endpoints),
  }));
  if (used.every(({ endpoints }) => endpoints.length === 0)) return [];
  const sum = used.reduce((all, { weight }) => all + weight, 0);
  const shares = new Map<string, { readonly endpoint: Endpoint; readonly weight: number }>();
  for (const { weight, endpoints } of used) {
    const takers = endpoints.length === 0 ? [NOWHERE] : endpoints;
    const each = Math.max(1, Math.round(weight / sum * TOTAL / takers.length));
    for (const { address, port } of takers) {
      const key = `${address} ${port}`;
      const other = shares.get(key)?.weight ?? 0;
      shares.set(key, { endpoint: { address, port }, weight: other + each });
    }
  }
  const weights = [...shares.values()].map(({ weight }) => weight);
  const divisor = weights.reduce(greatestCommonDivisor, 0);
  if (weights.every((weight) => weight === divisor)) {
    return [...shares.values()].map(({ endpoint }) => endpoint);
  }
  return [...shares.values()].map(({ endpoint, weight }) => ({ ...endpoint, weight: weight / divisor }));
}

/** Those that terminate, only if nothing else is left. Zones would be balanced apart from each other. */
function usable(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const serving = endpoints.filter(({ draining }) => draining !== true);
  return serving.length === 0 ? endpoints : serving;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
