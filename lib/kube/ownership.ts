import type { Manifest } from './apply.ts';
import type { OwnerReference, RawMeta, RawObject } from './resource.ts';

const label = 'app.kubernetes.io/managed-by';
const gatewayGroup = 'gateway.networking.k8s.io/';

/** `namespace/name` of the Gateway that an object with our label was made for; undefined if it was not made by us. */
export function gatewayOf({ metadata }: RawObject): string | undefined {
  const owner = metadata.labels?.[label] === 'dragoman' ? owningGateway(metadata) : undefined;
  return owner && `${metadata.namespace}/${owner.name}`;
}

/** Whether an object that is there may become what the manifest says: it was made by us, for the same Gateway. */
export function mayApply(manifest: Manifest, live: RawObject): boolean {
  const wanted = owningGateway(manifest.metadata);
  const owner = owningGateway(live.metadata);
  if (wanted === undefined || owner === undefined) return false;
  // Without our label it is still ours if it belongs to this very Gateway.
  return owner.uid === wanted.uid || (gatewayOf(live) !== undefined && owner.name === wanted.name);
}

/** Whether an object is still the one that was seen, and ours, so that it may be deleted. */
export function mayDelete(live: RawObject, seen: RawObject): boolean {
  const gateway = gatewayOf(live);
  return gateway !== undefined && gateway === gatewayOf(seen) && live.metadata.uid === seen.metadata.uid &&
    owningGateway(live.metadata)?.uid === owningGateway(seen.metadata)?.uid;
}

function owningGateway(
  { ownerReferences = [] }: Pick<RawMeta, 'ownerReferences'> | Manifest['metadata'],
): OwnerReference | undefined {
  return ownerReferences.find(({ apiVersion, kind, controller }) =>
    controller === true && kind === 'Gateway' && apiVersion.startsWith(gatewayGroup)
  );
}
