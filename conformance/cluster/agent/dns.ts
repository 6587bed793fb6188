import { createSocket } from 'node:dgram';
import { DNS_SERVICE_ADDRESS, NODE_ADDRESS } from '../addresses.ts';
import { type ApiClient, APPLY_PATCH } from '../api-client.ts';
import { answerTo, readQuestion } from './dns-message.ts';
import type { Services } from './services.ts';

export interface DnsOptions {
  readonly client: ApiClient;
  readonly services: Services;
  readonly log: (message: string) => void;
}

const PORT = 53;
const SUFFIX = '.svc.cluster.local';

/** Answers pods that ask for the names of Services; every other name is unknown. */
export async function serveDns({ client, services, log }: DnsOptions): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', (message, { address, port }) => {
    const question = readQuestion(message);
    if (question === undefined) return;
    addressesOf(question.name, { client, services })
      .then((found) => socket.send(answerTo(question, found), port, address))
      .catch((error: unknown) => log(`dns: ${question.name}: ${String(error)}`));
  });
  socket.on('error', (error) => log(`dns: ${String(error)}`));
  await new Promise<void>((resolve) => socket.bind(PORT, NODE_ADDRESS, resolve));
  await Promise.all([service(client), endpoints(client)]);
}

async function addressesOf(
  name: string,
  { client, services }: Pick<DnsOptions, 'client' | 'services'>,
): Promise<readonly string[] | undefined> {
  if (!name.endsWith(SUFFIX)) return undefined;
  const [serviceName, namespace, ...rest] = name.slice(0, -SUFFIX.length).split('.');
  const found = rest.length > 0 ? undefined : services.get(`${namespace}/${serviceName}`);
  if (found === undefined) return undefined;
  const { clusterIP } = found.spec;
  if (clusterIP !== 'None') return clusterIP === undefined || clusterIP === '' ? [] : [clusterIP];
  const slices = await client.request<{ items: readonly EndpointSlice[] }>(
    `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3D${serviceName}`,
  );
  return slices.items.flatMap(({ endpoints }) =>
    (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).flatMap(({ addresses }) =>
      addresses
    )
  );
}

interface EndpointSlice {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
}

const METADATA = { name: 'kube-dns', namespace: 'kube-system' };

/** The usual Service, so that no other gets its address; kube-proxy leads what it gets to the socket. */
function service(client: ApiClient): Promise<unknown> {
  return client.request(
    '/api/v1/namespaces/kube-system/services/kube-dns?fieldManager=node-agent&force=true',
    {
      method: 'PATCH',
      contentType: APPLY_PATCH,
      body: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: METADATA,
        spec: { clusterIP: DNS_SERVICE_ADDRESS, ports: [{ name: 'dns', port: PORT, protocol: 'UDP' }] },
      },
    },
  );
}

function endpoints(client: ApiClient): Promise<unknown> {
  const path = '/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices/kube-dns';
  return client.request(`${path}?fieldManager=node-agent&force=true`, {
    method: 'PATCH',
    contentType: APPLY_PATCH,
    body: {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...METADATA, labels: { 'kubernetes.io/service-name': 'kube-dns' } },
      addressType: 'IPv4',
      ports: [{ name: 'dns', port: PORT, protocol: 'UDP' }],
      endpoints: [{ addresses: [NODE_ADDRESS], conditions: { ready: true } }],
    },
  });
}
