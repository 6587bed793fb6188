import type { Condition } from './condition.ts';
import type { ParentReference } from './parent-reference.ts';

/** What one controller says about a route at one parent. */
export interface RouteParentStatus {
  readonly parentRef: ParentReference;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

export interface RouteStatus {
  /** At most 32. */
  readonly parents: readonly RouteParentStatus[];
}
