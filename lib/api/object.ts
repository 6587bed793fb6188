/**
 * What every Kubernetes object has. `key` is `namespace/name`, or `name` for cluster-scoped kinds; it is added when the
 * object is decoded and is not part of the manifest.
 */
export interface KubeObject {
  readonly key: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** The part of `metadata` that anything here reads; the rest is dropped while decoding. */
export interface ObjectMeta {
  readonly name: string;
  /** Set for namespaced kinds (`default` if the manifest says none), absent for cluster-scoped ones. */
  readonly namespace?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** 1 for manifests of a folder. */
  readonly generation: number;
  readonly uid?: string | undefined;
  /** RFC 3339; absent for manifests of a folder, where all are equally old. */
  readonly creationTimestamp?: string | undefined;
  readonly deletionTimestamp?: string | undefined;
}

/** `namespace/name`, or `name` alone for cluster-scoped kinds. */
export function keyOf(metadata: { readonly namespace?: string | undefined; readonly name: string }): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** The parts of `Kind/namespace/name`, or of `Kind/name`. */
export function kindAndKey(id: string): { readonly kind: string; readonly key: string } {
  const [kind = '', ...name] = id.split('/');
  return { kind, key: name.join('/') };
}
