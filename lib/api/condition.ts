export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** One condition of a status. `lastTransitionTime` is the status writer's: values inside the graph have none. */
export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number | undefined;
  /** RFC 3339. */
  readonly lastTransitionTime?: string | undefined;
}
