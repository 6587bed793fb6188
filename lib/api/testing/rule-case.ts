import type { KindName } from '../kinds.ts';

/** A validation rule of the upstream CRDs, with a `spec` that keeps it and one that breaks it. */
export interface RuleCase {
  /** The hash of its text. */
  readonly rule: string;
  readonly kind: KindName;
  /** What the values are of; `spec` unless given. */
  readonly part?: 'spec' | 'status';
  readonly good: unknown;
  readonly bad: unknown;
  /** Where the problem is, from `spec` or `status`. */
  readonly at: string;
}
