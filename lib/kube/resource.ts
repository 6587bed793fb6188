/** A kind as the API server's paths name it. */
export interface ResourceType {
  /** Empty for core kinds. */
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** The preferred one first. */
  readonly versions: readonly string[];
}

/** Groups of Kubernetes itself, whose kinds no definition brings. */
const builtIn: ReadonlySet<string> = new Set([
  '',
  'apiextensions.k8s.io',
  'apps',
  'autoscaling',
  'certificates.k8s.io',
  'discovery.k8s.io',
  'networking.k8s.io',
  'policy',
]);

export function isBuiltIn({ group }: Pick<ResourceType, 'group'>): boolean {
  return builtIn.has(group);
}

export interface ObjectPath {
  readonly version: string;
  readonly name: string;
  /** Of a namespaced kind. */
  readonly namespace?: string | undefined;
  /** Such as `status`. */
  readonly subresource?: string | undefined;
}

/** The path of all objects of a kind, in all namespaces unless one is named. */
export function collectionPath(type: ResourceType, version: string, namespace?: string): string {
  return `${prefix(type.group, version)}${scope(namespace)}/${type.plural}`;
}

/** The path of one object. */
export function objectPath(
  type: ResourceType,
  { version, namespace, name, subresource }: ObjectPath,
): string {
  const place = scope(type.namespaced ? namespace ?? 'default' : undefined);
  const rest = subresource === undefined ? '' : `/${subresource}`;
  return `${prefix(type.group, version)}${place}/${type.plural}/${encodeURIComponent(name)}${rest}`;
}

function scope(namespace: string | undefined): string {
  return namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
}

function prefix(group: string, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** `Kind/namespace/name`, or `Kind/name`. */
export function objectId(
  kind: string,
  { namespace, name }: { readonly namespace?: string | undefined; readonly name: string },
): string {
  return namespace === undefined || namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/** An object as the API server sends it. */
export interface RawObject {
  apiVersion?: string;
  kind?: string;
  readonly metadata: RawMeta;
  readonly [field: string]: unknown;
}

export interface RawMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly deletionTimestamp?: string;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}
