import { chmodSync, chownSync, mkdirSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type ApiClient, ApiError, MERGE_PATCH } from '../api-client.ts';
import { DNS_SERVICE_ADDRESS } from '../addresses.ts';
import { ContainerRun, type Launch, timestamp } from './container.ts';
import { environment, expand, Missing } from './environment.ts';
import { userOf } from './identity.ts';
import { imageOf } from './images.ts';
import { type Container, keyOf, type Pod } from './pod.ts';
import {
  addNetwork,
  networkFile,
  type PodAddresses,
  type PodNetwork,
  podNetwork,
  removeNetwork,
} from './pod-network.ts';
import { type PodStatus, podStatus } from './pod-status.ts';
import { asUser, containerScript, type Mount } from './root.ts';
import type { KnownSources } from './sources.ts';
import { Tokens } from './tokens.ts';
import { writeVolume } from './volume-directory.ts';
import { volumeFiles } from './volume-files.ts';

/** What all pods of the node share. */
export interface Node {
  readonly client: ApiClient;
  readonly sources: KnownSources;
  readonly addresses: PodAddresses;
  /** Where pods have their directories. */
  readonly directory: string;
  log(message: string): void;
}

/** How soon something is tried again that no event tells of. */
const RETRY_MS = 1000;

/** One pod on this node, from its network to its end. */
export class PodRun {
  #pod: Pod;
  readonly #node: Node;
  readonly #directory: string;
  readonly #network: PodNetwork;
  readonly #tokens: Tokens;
  readonly #startTime = timestamp();
  #begun: Promise<void> | undefined;
  #networked = false;
  #runs: readonly ContainerRun[] = [];
  #stopping: Promise<void> | undefined;
  #message: string | undefined;
  #status: PodStatus | undefined;
  #renewal: NodeJS.Timeout | undefined;
  /** Whether the status is to be written again, and whether that is being done. */
  #changed = false;
  #writing = false;

  constructor(pod: Pod, node: Node) {
    this.#pod = pod;
    this.#node = node;
    this.#directory = join(node.directory, pod.metadata.uid);
    this.#network = podNetwork(pod.metadata.uid, node.addresses.take());
    this.#tokens = new Tokens(node.client, pod);
    this.#begin();
  }

  get pod(): Pod {
    return this.#pod;
  }

  container(name: string): ContainerRun | undefined {
    return this.#runs.find(({ container }) => container.name === name);
  }

  /** The object has changed: its labels may be in a volume. */
  update(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    if (JSON.stringify(before.metadata.labels) !== JSON.stringify(pod.metadata.labels)) this.refresh();
  }

  /** Makes the volumes again, and starts the containers if they have waited for that. */
  refresh(): void {
    this.#materialise().catch((error: unknown) => this.#failed(error));
  }

  /** Resolves once nothing of it is left on the node. Asked again with less time, it hurries. */
  stop(graceMs: number): Promise<void> {
    if (this.#stopping === undefined) this.#stopping = this.#stop(graceMs);
    else if (graceMs === 0) { for (const run of this.#runs) void run.stop(0); }
    return this.#stopping;
  }

  #begin(): void {
    this.#begun = this.#prepare().catch((error: unknown) => this.#failed(error));
  }

  async #prepare(): Promise<void> {
    if (this.#stopping !== undefined) return;
    const shared = join(this.#directory, 'shm');
    mkdirSync(shared, { recursive: true });
    // Not by mkdir, which minds the umask.
    chmodSync(shared, 0o1777);
    await addNetwork(this.#network);
    this.#setSysctls();
    this.#networked = true;
    await this.#materialise();
  }

  async #materialise(): Promise<void> {
    if (this.#stopping !== undefined || !this.#networked) return;
    const { spec } = this.#pod;
    try {
      if ((spec.initContainers ?? []).length > 0) throw new Missing('the node agent runs no init containers');
      this.#renewAt(await this.#tokens.renew());
      if (this.#stopping !== undefined) return;
      for (const volume of spec.volumes ?? []) {
        const files = volumeFiles(volume, {
          pod: this.#pod,
          address: this.#network.address,
          sources: this.#node.sources,
          token: (projection) => this.#tokens.get(projection),
        });
        const group = spec.securityContext?.fsGroup;
        if (files === undefined) this.#emptyDirectory(this.#volume(volume.name), group);
        else writeVolume(this.#volume(volume.name), { files, group });
      }
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      this.#message = error.message;
      this.#report();
      return;
    }
    this.#message = undefined;
    if (this.#runs.length > 0) return;
    this.#runs = spec.containers.map((container) =>
      new ContainerRun({
        container,
        restartPolicy: spec.restartPolicy ?? 'Always',
        launch: () => this.#launch(container),
        changed: () => this.#report(),
      })
    );
    for (const run of this.#runs) run.start();
  }

  #failed(error: unknown): void {
    if (this.#stopping !== undefined) return;
    this.#message = error instanceof Error ? error.message : String(error);
    this.#node.log(`${keyOf(this.#pod.metadata)}: ${this.#message}`);
    this.#report();
    setTimeout(() => this.#networked ? this.refresh() : this.#begin(), RETRY_MS);
  }

  #renewAt(time: number): void {
    clearTimeout(this.#renewal);
    if (Number.isFinite(time)) {
      this.#renewal = setTimeout(() => this.refresh(), Math.max(time - Date.now(), RETRY_MS));
    }
  }

  #volume(name: string): string {
    return join(this.#directory, 'volumes', name);
  }

  #emptyDirectory(path: string, group: number | undefined): void {
    // What a container has put there stays.
    if (mkdirSync(path, { recursive: true }) === undefined) return;
    if (group !== undefined) chownSync(path, 0, group);
    spawnSync('chmod', [group === undefined ? '0777' : '2777', path]);
  }

  #setSysctls(): void {
    for (const { name, value } of this.#pod.spec.securityContext?.sysctls ?? []) {
      const file = `/proc/sys/${name.replaceAll('.', '/')}`;
      if (!file.startsWith('/proc/sys/net/')) throw new Error(`the node agent cannot set the sysctl ${name}`);
      const enter = [
        `--net=${networkFile(this.#network)}`,
        'sh',
        '-c',
        'printf %s "$1" > "$2"',
        'sh',
        value,
        file,
      ];
      const { status, stderr } = spawnSync('nsenter', enter, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`the sysctl ${name} cannot be set: ${stderr.trim()}`);
    }
  }

  #launch(container: Container): Launch {
    const { metadata: { name, namespace }, spec } = this.#pod;
    const image = imageOf(container.image);
    if (image === undefined) throw new Error(`no program here stands in for the image ${container.image}`);
    const { address } = this.#network;
    const variables = environment(container, { pod: this.#pod, address, sources: this.#node.sources });
    const security = container.securityContext ?? {};
    const root = join(this.#directory, 'roots', container.name);
    mkdirSync(root, { recursive: true });
    const process = {
      root,
      command: [
        ...container.command ?? image.entrypoint,
        ...container.args ?? (container.command === undefined ? image.command : []),
      ].map((word) => expand(word, variables)),
      environment: variables,
      workingDirectory: container.workingDir ?? '/',
      user: userOf(container, { spec, image }),
      noNewPrivileges: security.allowPrivilegeEscalation === false,
      drop: security.capabilities?.drop ?? [],
      add: security.capabilities?.add ?? [],
    };
    const script = containerScript({
      root,
      image,
      sharedMemory: join(this.#directory, 'shm'),
      files: {
        '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532:nonroot:/tmp:/bin/sh\n',
        '/etc/group': 'root:x:0:\nnonroot:x:65532:\n',
        '/etc/hosts': `127.0.0.1 localhost\n${address} ${name}\n`,
        '/etc/resolv.conf':
          `nameserver ${DNS_SERVICE_ADDRESS}\nsearch ${namespace}.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n`,
      },
      mounts: this.#mounts(container),
      readOnly: security.readOnlyRootFilesystem ?? false,
    }, process);
    return {
      command: ['nsenter', `--net=${networkFile(this.#network)}`, 'unshare', '--mount', 'sh', '-c'],
      script,
      target: {
        container,
        address,
        inside: (command) => {
          const pid = this.container(container.name)?.pid;
          return [
            'nsenter',
            `--target=${pid}`,
            '--net',
            '--mount',
            '--root',
            ...asUser({ ...process, command }),
          ];
        },
      },
    };
  }

  #mounts(container: Container): Mount[] {
    return (container.volumeMounts ?? []).map(({ name, mountPath, subPath, readOnly = false }) => {
      const volume = this.#pod.spec.volumes?.find((volume) => volume.name === name);
      return {
        source: subPath === undefined ? this.#volume(name) : join(this.#volume(name), subPath),
        target: mountPath.replace(/\/$/, ''),
        readOnly: readOnly || volume?.emptyDir === undefined,
      };
    });
  }

  async #stop(graceMs: number): Promise<void> {
    clearTimeout(this.#renewal);
    await this.#begun;
    await Promise.all(this.#runs.map((run) => run.stop(graceMs)));
    await removeNetwork(this.#network).catch((error: unknown) => this.#node.log(String(error)));
    this.#node.addresses.release(this.#network.address);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Writes the status soon; what changes while it is being written is written next. */
  #report(): void {
    this.#changed = true;
    if (this.#writing) return;
    this.#writing = true;
    // What changes in one turn, such as two containers that start, is one write.
    setImmediate(() => {
      this.#write().catch((error: unknown) =>
        this.#node.log(`status of ${keyOf(this.#pod.metadata)}: ${String(error)}`)
      )
        .finally(() => {
          this.#writing = false;
          if (this.#changed) this.#report();
        });
    });
  }

  async #write(): Promise<void> {
    const { metadata: { namespace, name, uid }, spec } = this.#pod;
    while (this.#changed) {
      this.#changed = false;
      const status = podStatus({
        spec,
        address: this.#network.address,
        startTime: this.#startTime,
        runs: this.#runs,
        message: this.#message,
        now: timestamp(),
        before: this.#status,
      });
      try {
        await this.#node.client.request(`/api/v1/namespaces/${namespace}/pods/${name}/status`, {
          method: 'PATCH',
          contentType: MERGE_PATCH,
          body: { metadata: { uid }, status },
        });
        this.#status = status;
      } catch (error) {
        // Deleted meanwhile, or another pod has the name.
        if (error instanceof ApiError && (error.code === 404 || error.code === 409)) return;
        this.#changed = true;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
