import { spawn } from 'node:child_process';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ApiClient } from '../cluster/api-client.ts';
import type { ApiObject } from '../cluster/watch.ts';
import type { Clusters, ConfigDump } from './proxy-view.ts';

const ASK_ADMIN = fileURLToPath(new URL('ask-admin.ts', import.meta.url));
const GATEWAY_LABEL = 'gateway.networking.k8s.io/gateway-name';

/** What one Envoy said of itself. */
export interface Proxy {
  readonly pod: string;
  readonly namespace: string;
  readonly gateway: string;
  readonly config: ConfigDump;
  readonly clusters: Clusters;
}

export interface Unanswered {
  readonly pod: string;
  readonly namespace: string;
  readonly gateway: string;
  readonly error: string;
}

interface Pod extends ApiObject {
  readonly status?: {
    readonly containerStatuses?: readonly { readonly containerID?: string }[];
  };
}

const [CONFIG, CLUSTERS] = ['/config_dump?include_eds', '/clusters?format=json'];

/** Asks the Envoys of all Gateways. */
export async function askProxies(client: ApiClient): Promise<readonly (Proxy | Unanswered)[]> {
  const { items } = await client.request<{ readonly items: readonly Pod[] }>(
    `/api/v1/pods?labelSelector=${encodeURIComponent(GATEWAY_LABEL)}`,
  );
  const proxies: (Proxy | Unanswered)[] = [];
  // One after the other: there may be dozens, and the tests go on meanwhile.
  for (const pod of items) proxies.push(await askProxy(pod));
  return proxies;
}

async function askProxy({ metadata, status }: Pod): Promise<Proxy | Unanswered> {
  const who = {
    pod: metadata.name,
    namespace: metadata.namespace ?? '',
    gateway: metadata.labels?.[GATEWAY_LABEL] ?? '',
  };
  const id = status?.containerStatuses?.[0]?.containerID?.replace('process://', '');
  if (id === undefined) return { ...who, error: 'does not run' };
  try {
    const answers = await inNetworkOf(id, [process.execPath, ASK_ADMIN, CONFIG, CLUSTERS]);
    const { [CONFIG]: config, [CLUSTERS]: clusters } = JSON.parse(answers) as Record<string, unknown>;
    return { ...who, config: config as ConfigDump, clusters: clusters as Clusters };
  } catch (error) {
    return { ...who, error: error instanceof Error ? error.message : String(error) };
  }
}

async function inNetworkOf(pid: string, command: readonly string[]): Promise<string> {
  const child = spawn('nsenter', [`--target=${pid}`, '--net', '--', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
  const [out, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (await code !== 0) throw new Error(complaint.trim().split('\n').at(-1) ?? 'failed');
  return out;
}
