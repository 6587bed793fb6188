import type { Manifest } from './apply.ts';
import type { OwnerReference, RawMeta, RawObject } from './resource.ts';

const label = 'app.kubernetes.io/managed-by';
const nameLabel = 'gateway.networking.k8s.io/gateway-name';

/** Kinds that objects are made for, and their groups. A class owns what is made for a Gateway that is no object. */
const groups: ReadonlyMap<string, string> = new Map([
  ['Gateway', 'gateway.networking.k8s.io'],
  ['GatewayClass', 'gateway.networking.k8s.io'],
  ['XBackend', 'gateway.networking.x-k8s.io'],
]);

type Described = Pick<RawMeta | Manifest['metadata'], 'namespace' | 'labels' | 'ownerReferences'>;

/** `Kind/namespace/name` of what an object with our label was made for; undefined if it was not made by us. */
export function ownerOf({ metadata }: { readonly metadata: Described }): string | undefined {
  return metadata.labels?.[label] === 'dragoman' ? madeFor(metadata) : undefined;
}

/** Whether an object that is there may become what the manifest says: it was made by us, for the same owner. */
export function mayApply(manifest: Manifest, live: RawObject): boolean {
  const wanted = controllerOf(manifest.metadata);
  const owner = controllerOf(live.metadata);
  if (wanted === undefined || owner === undefined) return false;
  // Without our label it is still ours if it belongs to this very owner.
  if (wanted.kind !== 'GatewayClass' && owner.uid === wanted.uid) return true;
  return ownerOf(live) !== undefined && ownerOf(live) === madeFor(manifest.metadata);
}

/** Whether an object is still the one that was seen, and ours, so that it may be deleted. */
export function mayDelete(live: RawObject, seen: RawObject): boolean {
  const owner = ownerOf(live);
  return owner !== undefined && owner === ownerOf(seen) && live.metadata.uid === seen.metadata.uid &&
    controllerOf(live.metadata)?.uid === controllerOf(seen.metadata)?.uid;
}

/** A Gateway that is no object is known by the label alone. */
function madeFor(metadata: Described): string | undefined {
  const owner = controllerOf(metadata);
  if (owner === undefined) return undefined;
  if (owner.kind !== 'GatewayClass') return `${owner.kind}/${metadata.namespace}/${owner.name}`;
  const name = metadata.labels?.[nameLabel];
  return name && `Gateway/${metadata.namespace}/${name}`;
}

/** What an object was made for, whether it has our label or not; undefined if that is of no kind that objects are made for. */
export function controllerOf(
  { ownerReferences = [] }: Pick<Described, 'ownerReferences'>,
): OwnerReference | undefined {
  return ownerReferences.find(({ apiVersion, kind, controller }) =>
    controller === true && apiVersion.split('/')[0] === groups.get(kind)
  );
}
