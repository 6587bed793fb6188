import { ApiError } from '../api-client.ts';
import { NODE_NAME } from '../addresses.ts';
import { keyOf, type Pod } from './pod.ts';
import { type Node, PodRun } from './pod-run.ts';
import { type SourceKind, sourceName, type SourceObject, sourcesOf } from './sources.ts';

const DEFAULT_GRACE_SECONDS = 30;
const RETRY_MS = 500;

/** The pods of the node, which is every pod of the cluster. */
export class Pods {
  readonly #node: Node;
  /** By uid. */
  readonly #runs = new Map<string, PodRun>();
  /** Pods by the Secrets and ConfigMaps in their volumes. */
  readonly #users = new Map<string, Set<PodRun>>();
  readonly #busy = new Set<string>();

  constructor(node: Node) {
    this.#node = node;
  }

  /** By `namespace/name`. */
  find(key: string): PodRun | undefined {
    for (const run of this.#runs.values()) if (keyOf(run.pod.metadata) === key) return run;
    return undefined;
  }

  set(pod: Pod): void {
    const { uid, deletionTimestamp } = pod.metadata;
    const run = this.#runs.get(uid);
    run?.update(pod);
    if (deletionTimestamp !== undefined) this.#once(pod, () => this.#terminate(pod));
    else if (pod.spec.nodeName === undefined) this.#once(pod, () => this.#bind(pod));
    else if (run === undefined && !isOver(pod)) this.#start(pod);
  }

  /** The object is gone; so is its pod, whoever removed it. */
  delete({ metadata: { uid } }: Pod): void {
    const run = this.#runs.get(uid);
    if (run === undefined) return;
    this.#forget(run);
    run.stop(0).catch((error: unknown) => this.#node.log(`${keyOf(run.pod.metadata)}: ${String(error)}`));
  }

  /** A Secret or ConfigMap is another one now. */
  sourceChanged(kind: SourceKind, { metadata }: SourceObject): void {
    for (const run of this.#users.get(sourceName(kind, keyOf(metadata))) ?? []) run.refresh();
  }

  #start(pod: Pod): void {
    const run = new PodRun(pod, this.#node);
    this.#runs.set(pod.metadata.uid, run);
    for (const name of sourcesOf(pod)) this.#users.set(name, (this.#users.get(name) ?? new Set()).add(run));
  }

  #forget(run: PodRun): void {
    this.#runs.delete(run.pod.metadata.uid);
    for (const name of sourcesOf(run.pod)) {
      const users = this.#users.get(name);
      users?.delete(run);
      if (users?.size === 0) this.#users.delete(name);
    }
  }

  async #bind({ metadata: { namespace, name, uid } }: Pod): Promise<void> {
    await this.#node.client.request(`/api/v1/namespaces/${namespace}/pods/${name}/binding`, {
      method: 'POST',
      body: {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, uid },
        target: { apiVersion: 'v1', kind: 'Node', name: NODE_NAME },
      },
    });
  }

  async #terminate({ metadata: { namespace, name, uid, deletionGracePeriodSeconds } }: Pod): Promise<void> {
    const run = this.#runs.get(uid);
    await run?.stop((deletionGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1000);
    if (run !== undefined) this.#forget(run);
    await this.#node.client.request(`/api/v1/namespaces/${namespace}/pods/${name}`, {
      method: 'DELETE',
      body: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } },
    });
  }

  /** Does it until it is done or the pod is gone, whatever else is told of the pod meanwhile. */
  #once(pod: Pod, work: () => Promise<void>): void {
    const key = `${pod.metadata.uid} ${pod.metadata.deletionTimestamp === undefined}`;
    if (this.#busy.has(key)) return;
    this.#busy.add(key);
    const attempt = async (): Promise<void> => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof ApiError && (error.code === 404 || error.code === 409))) {
          this.#node.log(`${keyOf(pod.metadata)}: ${String(error)}`);
          setTimeout(() => void attempt(), RETRY_MS);
          return;
        }
      }
      this.#busy.delete(key);
    };
    void attempt();
  }
}

function isOver({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
