/** An object of the same namespace. */
export interface LocalObjectReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** An object of any namespace; another one needs a ReferenceGrant. */
export interface ObjectReference extends LocalObjectReference {
  /** Absent: the namespace of the referring object. */
  readonly namespace?: string | undefined;
}

/** A Secret unless `group` and `kind` say otherwise. */
export interface SecretObjectReference extends ObjectReference {}
