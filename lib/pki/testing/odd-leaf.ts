import type { Root } from '../authority.ts';
import type { Name } from '../identity.ts';
import { type IssuedLeaf, leafOf } from '../issue.ts';

const hour = 60 * 60 * 1_000;

export interface OddLeaf {
  readonly names: readonly Name[];
  /** What it is for; by default what those of proxies are for. */
  readonly use?: 'client' | 'server';
  /** How long it lasts from an hour ago, ms. */
  readonly lasts?: number;
}

/** A certificate that nobody would get from the controllers. */
export function oddLeaf(
  root: Root,
  { names, use = 'client', lasts = 2 * hour }: OddLeaf,
): Promise<IssuedLeaf> {
  const notBefore = Date.now() - hour;
  return leafOf(root, { commonName: 'odd', names, uses: [use], notBefore, notAfter: notBefore + lasts });
}
