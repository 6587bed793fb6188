import { type Authority, authorityData, bundleOf } from './authority.ts';
import type { Identity } from './identity.ts';
import { newLeaf, newRoot } from './issue.ts';
import type { Lifetimes } from './lifetimes.ts';
import type { SecretData } from './secret-data.ts';
import type { AuthorityStep } from './task.ts';

export interface PerformOptions {
  /** ms since the epoch. */
  readonly now: number;
  readonly lifetimes: Lifetimes;
}

/** What the authority's Secret is to hold after a step. */
export async function authorityAfter(change: AuthorityStep, options: PerformOptions): Promise<SecretData> {
  return authorityData(await changed(change, options));
}

async function changed(change: AuthorityStep, options: PerformOptions): Promise<Authority> {
  if (change.step === 'create') return { current: await newRoot(options), previous: [] };
  const { settledSince: _, ...authority } = change.authority;
  const { current, next, previous } = authority;
  if (change.step === 'repair') return change.authority;
  if (change.step === 'announce') return { ...authority, next: await newRoot(options) };
  if (change.step === 'settled') return { ...authority, settledSince: options.now };
  if (change.step === 'retire') return { current, previous: [] };
  if (next === undefined) throw new Error('there is no root to promote');
  return { current: next, previous: [current.certificate, ...previous] };
}

/** What a certificate's Secret is to hold: a new certificate, its key, and all that is trusted. */
export async function issue(
  authority: Authority,
  { identity, ...options }: PerformOptions & { readonly identity: Identity },
): Promise<SecretData> {
  const { certificate, key } = await newLeaf(authority.current, { identity, ...options });
  return { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': bundleOf(authority) };
}
