/** The user's object (and the part of it) that a piece of the model comes from. */
export interface ObjectRef {
  /** API group; `''` for core. */
  readonly group: string;
  readonly kind: string;
  /** `''` for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

/** `Kind/namespace/name`, as people write it in messages. */
export function describe(ref: ObjectRef): string {
  return ref.namespace === '' ? `${ref.kind}/${ref.name}` : `${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** Something a user should mend or know; data, never an exception. */
export interface Diagnostic {
  readonly object: ObjectRef;
  readonly severity: 'error' | 'warning' | 'info';
  /** A stable CamelCase word, the condition's reason where there is one. */
  readonly code: string;
  /** Path of the field within the object, such as `spec.rules[0].backendRefs[1].name`; `''` for the whole object. */
  readonly field: string;
  readonly message: string;
  /** What to do about it, if that can be said. */
  readonly fix?: string;
}
