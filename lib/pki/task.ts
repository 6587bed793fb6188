import { type Authority, holdsExactly, readAuthority } from './authority.ts';
import type { LeafTask, Leaves } from './leaves.ts';
import type { Lifetimes } from './lifetimes.ts';
import type { SecretData } from './secret-data.ts';

/** Secrets as they are. */
export interface ObservedSecrets {
  readonly authority: SecretData | undefined;
  /** With all that are wanted. */
  readonly leaves: Leaves;
}

/**
 * How the authority's Secret changes. A root is replaced in three steps, between which everybody takes over what the step
 * before said, so that at any time all trust what any shows: the successor is *announced*, then it is *promoted* to sign,
 * and what it replaced is *retired*. Before each, it is noted since when all is *settled*.
 */
export type AuthorityStep =
  /** There is none, or it can sign nothing: a first root. Nobody trusts it yet. */
  | { readonly step: 'create' }
  /** What it holds is brought in order: roots that are expired, or what others wrote. */
  | { readonly step: 'repair'; readonly authority: Authority }
  | { readonly step: 'announce'; readonly authority: Authority }
  | { readonly step: 'settled'; readonly authority: Authority }
  | { readonly step: 'promote'; readonly authority: Authority }
  | { readonly step: 'retire'; readonly authority: Authority };

/** What is to be done next; then look again. */
export type Task =
  | { readonly kind: 'authority'; readonly change: AuthorityStep }
  /** Certificates that this authority is to issue, in any order. */
  | { readonly kind: 'leaves'; readonly authority: Authority; readonly leaves: readonly LeafTask[] }
  /** Nothing before this time, ms since the epoch. */
  | { readonly kind: 'wait'; readonly until: number };

export interface TaskOptions {
  /** ms since the epoch. */
  readonly now: number;
  readonly lifetimes: Lifetimes;
}

/**
 * What has to be done so that every wanted Secret holds a good certificate, and roots are replaced in time. Depends on nothing
 * but what is observed, so whoever is interrupted anywhere, or follows another, goes on rightly.
 */
export function nextTask(observed: ObservedSecrets, { now, lifetimes }: TaskOptions): Task {
  const authority = observed.authority === undefined ? undefined : readAuthority(observed.authority, now);
  if (observed.authority === undefined || authority === undefined) return change({ step: 'create' });
  if (!holdsExactly(observed.authority, authority)) return change({ step: 'repair', authority });
  const { current, next, previous, settledSince } = authority;
  const announceAt = current.notAfter - lifetimes.rootOverlap;
  if (next === undefined && now >= announceAt) return change({ step: 'announce', authority });
  // By then whatever keeps certificates from being renewed must not keep all others from a root that lasts.
  const promoteAt = current.notAfter - 2 * lifetimes.settle;
  if (next !== undefined && now >= promoteAt) return change({ step: 'promote', authority });

  const leaves = observed.leaves.faults(authority, now);
  if (leaves.length > 0) return { kind: 'leaves', authority, leaves };

  const changing = next !== undefined || previous.length > 0;
  if (changing && settledSince === undefined) return change({ step: 'settled', authority });
  const settledAt = (settledSince ?? 0) + lifetimes.settle;
  if (changing && now >= settledAt) {
    return change({ step: next === undefined ? 'retire' : 'promote', authority });
  }
  const until = Math.min(
    observed.leaves.renewal,
    next === undefined ? announceAt : promoteAt,
    ...(changing ? [settledAt] : []),
  );
  return { kind: 'wait', until };
}

function change(step: AuthorityStep): Task {
  return { kind: 'authority', change: step };
}
