import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, type StartOptions } from '../cluster.ts';

/** A cluster of this test process; it ends with the process at the latest. */
export function startCluster(options: Partial<StartOptions> = {}): Promise<Cluster> {
  return Cluster.start({ name: `test-${process.pid}`, channel: 'none', ...options });
}

export async function apply(cluster: Cluster, ...objects: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(list));
}

/** What `kubectl get -o jsonpath` prints of an object. */
export function field(cluster: Cluster, object: string, path: string): Promise<string> {
  return cluster.kubectl(['get', object, '--output', `jsonpath={${path}}`]);
}

/** The first result that is not undefined, asked for again until then. Rejects when the time is over. */
export async function eventually<T>(
  ask: () => Promise<T | undefined>,
  { ms = 15_000, what }: { readonly ms?: number; readonly what: string },
): Promise<T> {
  const limit = performance.now() + ms;
  for (;;) {
    const result = await ask().catch(() => undefined);
    if (result !== undefined) return result;
    if (performance.now() > limit) throw new Error(`not within ${ms / 1000} s: ${what}`);
    await sleep(100);
  }
}

const ECHO_IMAGE = 'gateway-api/conformance/echo-basic:v0.2.0';

export interface EchoOptions {
  readonly name: string;
  readonly replicas?: number;
  /** Merged into the container. */
  readonly container?: Readonly<Record<string, unknown>>;
  /** Merged into the pod's spec. */
  readonly pod?: Readonly<Record<string, unknown>>;
}

/** A Deployment of the suite's echo server, which answers with JSON that names its pod. */
export function echo({ name, replicas = 1, container = {}, pod = {} }: EchoOptions): unknown {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: echoSpec({ name, container, pod }) },
    },
  };
}

function echoSpec({ container, pod }: EchoOptions): unknown {
  const fieldRef = (fieldPath: string) => ({ fieldRef: { fieldPath } });
  return {
    containers: [{
      name: 'echo',
      image: ECHO_IMAGE,
      env: [
        { name: 'POD_NAME', valueFrom: fieldRef('metadata.name') },
        { name: 'NAMESPACE', valueFrom: fieldRef('metadata.namespace') },
      ],
      ...container,
    }],
    ...pod,
  };
}

export function service(name: string, spec: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 3000 }], ...spec },
  };
}

const FETCH = `
  const response = await fetch(process.argv[1], { signal: AbortSignal.timeout(5000) });
  console.log(JSON.stringify({ status: response.status, body: await response.text() }));
`;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Asks from the node. Rejects if nothing answers. */
export async function get(cluster: Cluster, url: string): Promise<Answer> {
  const { code, stdout, stderr } = await cluster.run([
    process.execPath,
    '--input-type=module',
    '--eval',
    FETCH,
    url,
  ]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Answer;
}
