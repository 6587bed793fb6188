import type { Condition } from './condition.ts';
import type { ParentReference } from './parent-reference.ts';

/** What one controller says about a policy for one ancestor, such as a Gateway. */
export interface PolicyAncestorStatus {
  readonly ancestorRef: ParentReference;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

export interface PolicyStatus {
  /** At most 16. */
  readonly ancestors: readonly PolicyAncestorStatus[];
}
