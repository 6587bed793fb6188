import type { Cluster } from '../cluster/cluster.ts';
import type { ApiClient } from '../cluster/api-client.ts';
import type { ApiObject } from '../cluster/watch.ts';

export const NAMESPACE = 'dragoman-system';
export const GATEWAY_CLASS = 'dragoman';

/** Installs the manifests as a user does. Resolves once every replica is ready and the GatewayClass is accepted. */
export async function install(cluster: Cluster, manifests: string): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '--kustomize', manifests]);
  try {
    await cluster.kubectl([
      'rollout',
      'status',
      'deployment/dragoman',
      `--namespace=${NAMESPACE}`,
      '--timeout=60s',
    ]);
    await cluster.kubectl([
      'wait',
      '--for=condition=Accepted',
      `gatewayclass/${GATEWAY_CLASS}`,
      '--timeout=30s',
    ]);
  } catch (error) {
    throw new Error(`Dragoman does not start in the cluster:\n${await state(cluster)}`, { cause: error });
  }
}

async function state(cluster: Cluster): Promise<string> {
  const ask = (args: readonly string[]): Promise<string> => cluster.kubectl(args).catch(String);
  return [
    await ask(['describe', 'pods', `--namespace=${NAMESPACE}`]),
    await ask([
      'logs',
      `--namespace=${NAMESPACE}`,
      '--selector=app.kubernetes.io/name=dragoman',
      '--tail=30',
    ]),
    await ask(['get', 'gatewayclass', GATEWAY_CLASS, '--output=yaml']),
  ].join('\n');
}

/** Features that the GatewayClass says. */
export async function supportedFeatures(client: ApiClient): Promise<readonly string[]> {
  const { status } = await client.request<GatewayClass>(
    `/apis/gateway.networking.k8s.io/v1/gatewayclasses/${GATEWAY_CLASS}`,
  );
  return (status?.supportedFeatures ?? []).map(({ name }) => name);
}

interface GatewayClass {
  readonly status?: { readonly supportedFeatures?: readonly { readonly name: string }[] };
}

/** What all replicas have logged since then, each after the other. */
export async function controllerLog(client: ApiClient, since: Date): Promise<readonly string[]> {
  const pods = await client.request<{ readonly items: readonly ApiObject[] }>(
    `/api/v1/namespaces/${NAMESPACE}/pods`,
  );
  const logs = await Promise.all(pods.items.map(async ({ metadata: { name } }) => {
    const path = `/api/v1/namespaces/${NAMESPACE}/pods/${name}/log?sinceTime=${since.toISOString()}`;
    try {
      const lines: string[] = [];
      for await (const line of client.lines(path, AbortSignal.timeout(10_000))) lines.push(line);
      return lines;
    } catch (error) {
      return [`${name}: ${String(error)}`];
    }
  }));
  return logs.flat().filter((line) => line !== '');
}
