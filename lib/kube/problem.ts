/** Something wrong with an object in the cluster. Data, never an exception. */
export interface ObjectProblem {
  readonly severity: 'error' | 'warning';
  /** `Kind/namespace/name` */
  readonly object: string;
  /** Such as `spec.rules[0].name`; `''` for none. */
  readonly field: string;
  /** Reads on after the field, without a full stop. */
  readonly message: string;
  /** What would have been right. */
  readonly expected?: string | undefined;
}
