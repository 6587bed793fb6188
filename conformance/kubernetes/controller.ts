import type { Cluster } from '../cluster/cluster.ts';
import { NAMESPACE } from '../upstream/controller.ts';
import { CONTROLLERS, podsOf, replaced } from './pods.ts';

/** Everything that the controllers which run now have logged. */
export async function controllerLog(
  cluster: Cluster,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const pods = await podsOf(cluster, CONTROLLERS);
  const logs = await Promise.all(
    pods.map(({ name }) => cluster.kubectl(['logs', name, `--namespace=${NAMESPACE}`])),
  );
  return logs.flatMap((log) => log.trim().split('\n')).map((line) =>
    JSON.parse(line) as Readonly<Record<string, unknown>>
  );
}

/** Resolves once new controllers are ready and the old ones are gone. */
export async function restartController(cluster: Cluster): Promise<void> {
  const before = await podsOf(cluster, CONTROLLERS);
  await cluster.kubectl(['rollout', 'restart', 'deployment/dragoman', `--namespace=${NAMESPACE}`]);
  await replaced(cluster, CONTROLLERS, before);
}

/** An answer of a controller's status API. */
export async function statusApi<T>(cluster: Cluster, path: string): Promise<T> {
  const [pod] = await podsOf(cluster, CONTROLLERS);
  const address = `/api/v1/namespaces/${NAMESPACE}/pods/${pod?.name}:8001/proxy${path}`;
  return JSON.parse(await cluster.kubectl(['get', '--raw', address])) as T;
}
