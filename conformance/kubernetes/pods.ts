import type { Cluster } from '../cluster/cluster.ts';
import { eventually } from '../cluster/testing/cluster.ts';

/** A pod with its one container. */
export interface Pod {
  readonly name: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  readonly restarts: number;
  readonly ready: boolean;
}

export interface PodSelection {
  readonly namespace: string;
  readonly selector: string;
}

export const CONTROLLERS: PodSelection = {
  namespace: 'dragoman-system',
  selector: 'app.kubernetes.io/name=dragoman',
};

/** The proxies of a Gateway. */
export function proxiesOf(gateway: string, namespace = 'default'): PodSelection {
  return { namespace, selector: `gateway.networking.k8s.io/gateway-name=${gateway}` };
}

interface RawPod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly containerID?: string;
      readonly restartCount: number;
      readonly ready: boolean;
    }[];
  };
}

/** In the order of their names; those that are being deleted only if asked for. */
export async function podsOf(
  cluster: Cluster,
  { namespace, selector }: PodSelection,
  { ending = false }: { readonly ending?: boolean } = {},
): Promise<readonly Pod[]> {
  const json = await cluster.kubectl([
    'get',
    'pods',
    `--namespace=${namespace}`,
    `--selector=${selector}`,
    '--output=json',
  ]);
  const { items } = JSON.parse(json) as { readonly items: readonly RawPod[] };
  const wanted = items.filter(({ metadata }) => ending || metadata.deletionTimestamp === undefined);
  return wanted.map(({ metadata, status }) => {
    const [container] = status?.containerStatuses ?? [];
    const pid = container?.containerID?.replace('process://', '');
    return {
      name: metadata.name,
      pid: pid === undefined ? undefined : Number(pid),
      restarts: container?.restartCount ?? 0,
      ready: container?.ready ?? false,
    };
  });
}

/** Kills the pods' processes, which their node starts again. Resolves once all are ready again. */
export async function killPods(
  cluster: Cluster,
  selection: PodSelection,
  victims: readonly Pod[],
): Promise<void> {
  await Promise.all(victims.map(({ name, pid }) => {
    if (pid === undefined) throw new Error(`${name} does not run`);
    return cluster.signalProcess(pid, 'SIGKILL');
  }));
  await eventually(async () => {
    const pods = await podsOf(cluster, selection);
    return victims.every(({ name, restarts }) =>
        pods.some((pod) => pod.name === name && pod.ready && pod.restarts > restarts)
      )
      ? true
      : undefined;
  }, { ms: 60_000, what: 'pods that run again' });
}

/** Resolves once as many new ones are ready, and the old ones are gone. */
export async function replaced(
  cluster: Cluster,
  selection: PodSelection,
  old: readonly Pod[],
): Promise<void> {
  await eventually(async () => {
    const pods = await podsOf(cluster, selection, { ending: true });
    const fresh = pods.filter(({ name, ready }) => ready && !old.some((pod) => pod.name === name));
    return fresh.length === old.length && pods.length === old.length ? true : undefined;
  }, { ms: 60_000, what: 'new pods in place of the old ones' });
}

/** The pod that leads, by the Lease. */
export function leader(cluster: Cluster): Promise<string> {
  return cluster.kubectl([
    'get',
    'lease/dragoman',
    '--namespace=dragoman-system',
    '--output=jsonpath={.spec.holderIdentity}',
  ]);
}
