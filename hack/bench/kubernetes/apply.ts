import { type ApiClient, APPLY_PATCH } from '../../../conformance/cluster/api-client.ts';
import { now } from '../samples.ts';

/** One object was applied. Times as `now()` tells them. */
export interface Applied {
  /** The moment before the request. */
  readonly sent: number;
  readonly answered: number;
  /** `metadata.generation`; 0 of what has none. */
  readonly generation: number;
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Where objects are, by kind. */
const COLLECTIONS: Readonly<Record<string, readonly [group: string, resource: string]>> = {
  Namespace: ['api/v1', 'namespaces'],
  Service: ['api/v1', 'services'],
  EndpointSlice: ['apis/discovery.k8s.io/v1', 'endpointslices'],
  GatewayClass: ['apis/gateway.networking.k8s.io/v1', 'gatewayclasses'],
  Gateway: ['apis/gateway.networking.k8s.io/v1', 'gateways'],
  HTTPRoute: ['apis/gateway.networking.k8s.io/v1', 'httproutes'],
};

/** Applies an object as `kubectl apply --server-side` does. */
export async function apply(client: ApiClient, object: unknown): Promise<Applied> {
  const path = `${pathOf(object as Manifest)}?fieldManager=bench&force=true`;
  const sent = now();
  const { metadata } = await client.request<{ metadata: { generation?: number } }>(path, {
    method: 'PATCH',
    contentType: APPLY_PATCH,
    body: object,
  });
  return { sent, answered: now(), generation: metadata.generation ?? 0 };
}

/** One after the other. Tells of the last one, as sent when the first was. */
export async function applyAll(client: ApiClient, objects: readonly unknown[]): Promise<Applied> {
  let sent: number | undefined;
  let last: Applied | undefined;
  for (const object of objects) {
    last = await apply(client, object);
    sent ??= last.sent;
  }
  if (last === undefined || sent === undefined) throw new Error('nothing to apply');
  return { ...last, sent };
}

function pathOf({ kind, metadata: { name, namespace } }: Manifest): string {
  const [group, resource] = COLLECTIONS[kind] ?? [];
  if (group === undefined) throw new Error(`the benchmark has no ${kind}`);
  return `/${group}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${resource}/${name}`;
}
