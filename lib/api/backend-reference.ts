/** A Service unless `group` and `kind` say otherwise; another namespace needs a ReferenceGrant. */
export interface BackendObjectReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Absent: the namespace of the referring object. */
  readonly namespace?: string | undefined;
  /** The Service's port (not its target port); required for Services. */
  readonly port?: number | undefined;
}

export interface BackendRef extends BackendObjectReference {
  /** Its share of the sum of the weights of the rule's backends; 0 gets nothing, 1 by default. */
  readonly weight: number;
}
