import type { Fetch, Index } from '../../lib/graph/types.ts';
import type { FilterChain, Listener } from '../../lib/model/mod.ts';
import type { RouteChain } from '../flow.ts';
import { streamKey } from './claims.ts';

/**
 * A port with a chain for each hostname of the TLS routes of its listeners: by its server name alone a connection is told
 * from others. So hostnames of routes change a listener, but only by chains of their own: other connections stay.
 */
export function withRouteChains(port: Listener, fetch: Fetch, chains: Index<RouteChain>): Listener {
  const wanted = fetch.by(chains, port.key);
  if (wanted.length === 0) return port;
  const own = new Map(port.chains.map((chain) => [chain.name, chain]));
  const added = new Map<string, FilterChain>();
  for (const { listener, hostname } of wanted) {
    const chain = own.get(listener);
    if (chain === undefined) continue;
    const key = streamKey(listener, hostname);
    added.set(key, { ...chain, name: key, serverNames: [hostname], handler: { type: 'tcp', proxy: key } });
  }
  return {
    ...port,
    chains: [...port.chains, ...added.values()].sort((a, b) => a.name < b.name ? -1 : 1),
  };
}
