import type { Semantics } from '../../lib/api/legacy/mod.ts';

/** A member of a group with what it asks for, in per cent. */
export interface Weighed {
  readonly weight?: number | undefined;
}

export interface Share<T> {
  readonly member: T;
  /** Up to which per cent of the requests, counted with the members before it, are its own. */
  readonly upTo: number;
}

/**
 * The shares of a group's requests, in the order in which they are drawn: those with weights first, then what is left of 100
 * in equal parts for the others. A single member has all. If all have weights and they are less than 100, the rest is for the
 * next route. Nothing if they are more.
 */
export function sharesOf<T extends Weighed>(
  members: readonly T[],
  { semantics = 'current' }: { readonly semantics?: Semantics | undefined } = {},
): readonly Share<T>[] | undefined {
  const [only] = members;
  if (members.length === 1 && only !== undefined) return [{ member: only, upTo: 100 }];
  const shares: Share<T>[] = [];
  const others: T[] = [];
  let sum = 0;
  for (const member of members) {
    if (member.weight === undefined) others.push(member);
    else shares.push({ member, upTo: sum += member.weight });
  }
  // In 0.39 weights that all members have are parts of their sum.
  if (semantics === '0.39' && others.length === 0 && sum > 0) {
    return shares.map(({ member, upTo }) => ({ member, upTo: (upTo / sum) * 100 }));
  }
  if (sum > 100) return undefined;
  const part = Math.round((100 - sum) / Math.max(1, others.length));
  for (const [index, member] of others.entries()) {
    sum = index === others.length - 1 ? 100 : Math.min(100, sum + part);
    shares.push({ member, upTo: sum });
  }
  return shares;
}
