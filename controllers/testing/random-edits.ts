/** What random edits of all kinds are made of. */

import * as fc from 'fast-check';
import { type AnyObject, decode } from '../../lib/api/mod.ts';

export const GATEWAY_API = 'gateway.networking.k8s.io/v1';

export const NAMESPACES: readonly string[] = ['default', 'team'];
export const HOSTNAMES: readonly string[] = [
  'www.example.com',
  '*.example.com',
  'a.b.example.com',
  'other.org',
];

/** One object at most for each slot: an edit replaces or, without a value, removes it. */
export interface Edit {
  /** `Kind/namespace/name`. */
  readonly slot: string;
  readonly object: AnyObject | undefined;
}

export function manifest(raw: object): AnyObject {
  const { object, problems } = decode(raw);
  if (object === undefined) throw new Error(JSON.stringify(problems));
  return object;
}

export const namespace: fc.Arbitrary<string> = fc.constantFrom(...NAMESPACES);
export const hostname: fc.Arbitrary<string> = fc.constantFrom(...HOSTNAMES);
/** Objects of a folder are equally old; those of a cluster are not. */
export const created: fc.Arbitrary<string | undefined> = fc.option(
  fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'),
  {
    nil: undefined,
  },
);

export function edits(slot: string, raw: fc.Arbitrary<object>): fc.Arbitrary<Edit> {
  return fc.option(raw, { nil: undefined, freq: 4 }).map((each) => ({
    slot,
    object: each === undefined ? undefined : manifest(each),
  }));
}
