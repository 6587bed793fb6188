import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Cluster } from './cluster.ts';
import { apply, echo, eventually, field, get, startCluster } from './testing/cluster.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster.stop());

const shell = (script: string) => ({ command: ['sh', '-c', script] });
const rolledOut = (name: string) =>
  cluster.kubectl(['rollout', 'status', `deployment/${name}`, '--timeout=20s']);
const podOf = async (name: string): Promise<string> =>
  (await cluster.kubectl(['get', 'pods', `--selector=app=${name}`, '--output=name'])).trim();
const logged = (object: string, line: RegExp): Promise<string> =>
  eventually(async () => {
    const log = await cluster.kubectl(['logs', object]);
    return line.test(log) ? log : undefined;
  }, { what: `${line} in the log of ${object}` });

test('a pod waits for its Secret, and sees what becomes of it', async () => {
  const watches = 'while :; do cat /secret/word; echo; sleep 0.2; done';
  await apply(
    cluster,
    echo({
      name: 'secretive',
      container: { ...shell(watches), volumeMounts: [{ name: 'secret', mountPath: '/secret' }] },
      pod: { volumes: [{ name: 'secret', secret: { secretName: 'word' } }] },
    }),
  );
  const pod = await eventually(async () => await podOf('secretive') || undefined, { what: 'the pod' });
  await eventually(
    async () =>
      await field(cluster, pod, '.status.message') === 'the secret word is not there' ? true : undefined,
    { what: 'what it waits for' },
  );
  const secret = (word: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'word', namespace: 'default' },
    stringData: { word },
  });
  await apply(cluster, secret('first'));
  await rolledOut('secretive');
  await logged(pod, /^first$/m);
  await apply(cluster, secret('second'));
  await logged(pod, /^second$/m);
});

test('a pod asks the API server as its own service account', async () => {
  const account = '/var/run/secrets/kubernetes.io/serviceaccount';
  const script = `
    const { readFileSync } = require('node:fs');
    require('node:https').get({
      host: process.env.KUBERNETES_SERVICE_HOST,
      path: '/api/v1/namespaces/default/secrets',
      ca: readFileSync('${account}/ca.crt'),
      headers: { authorization: 'Bearer ' + readFileSync('${account}/token', 'utf8') },
    }, (response) => response.setEncoding('utf8').on('data', (text) => console.log(text)));
    setInterval(() => {}, 1000);`;
  await apply(
    cluster,
    echo({
      name: 'asks',
      container: {
        image: 'ghcr.io/dragoman/dragoman:0.1.0',
        command: ['node', '-e', script],
        securityContext: {
          runAsNonRoot: true,
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
      },
    }),
  );
  const log = await logged('deployment/asks', /Forbidden/);
  assert.match(log, /system:serviceaccount:default:default/);
});

test('a pod is ready when its probe says so', async () => {
  await apply(
    cluster,
    echo({
      name: 'probed',
      container: {
        ...shell('sleep 2; exec /app/echo-basic'),
        readinessProbe: { httpGet: { port: 3000, path: '/' }, periodSeconds: 1 },
      },
    }),
  );
  const pod = await eventually(async () => await podOf('probed') || undefined, { what: 'the pod' });
  const ready = () => field(cluster, pod, '.status.containerStatuses[0].ready');
  await eventually(
    async () => await field(cluster, pod, '.status.phase') === 'Running' ? true : undefined,
    { what: 'a running pod' },
  );
  assert.equal(await ready(), 'false');
  await eventually(async () => await ready() === 'true' ? true : undefined, { what: 'readiness' });
});

test('a pod that fails its liveness probe starts again', async () => {
  await apply(
    cluster,
    echo({
      name: 'ailing',
      container: { livenessProbe: { httpGet: { port: 1 }, periodSeconds: 1, failureThreshold: 1 } },
    }),
  );
  await eventually(
    async () =>
      Number(await field(cluster, await podOf('ailing'), '.status.containerStatuses[0].restartCount')) > 0
        ? true
        : undefined,
    { what: 'a restart' },
  );
});

test('a pod ends by its hook, then by SIGTERM', async () => {
  await apply(
    cluster,
    echo({
      name: 'ending',
      container: {
        ...shell('trap "echo told; exit 0" TERM; echo up; while :; do sleep 0.1; done'),
        lifecycle: { preStop: { sleep: { seconds: 2 } } },
      },
    }),
  );
  await rolledOut('ending');
  const pod = await podOf('ending');
  await logged(pod, /up/);
  const log = cluster.kubectl(['logs', '--follow', pod]);
  const began = performance.now();
  await cluster.kubectl(['delete', pod]);
  assert.ok(performance.now() - began > 2000);
  assert.match(await log, /told/);
});

test('a rollout replaces pods, and their names say which ReplicaSet they are of', async () => {
  await apply(cluster, echo({ name: 'rolled', replicas: 2, container: { args: [] } }));
  await rolledOut('rolled');
  const before = await podOf('rolled');
  await apply(cluster, echo({ name: 'rolled', replicas: 2, container: { args: ['-new'] } }));
  await cluster.kubectl(['rollout', 'status', 'deployment/rolled', '--timeout=20s']);
  const after = await podOf('rolled');
  for (const pod of before.split('\n')) assert.doesNotMatch(after, new RegExp(pod));
});

test('a container that must not run as root does not', async () => {
  await apply(cluster, echo({ name: 'rooted', container: { securityContext: { runAsNonRoot: true } } }));
  await eventually(async () => {
    const pod = await podOf('rooted');
    return /runAsNonRoot/.test(
        await field(cluster, pod, '.status.containerStatuses[0].state.waiting.message'),
      )
      ? true
      : undefined;
  }, { what: 'a refusal' });
});

test('Envoy runs from its image without any privilege, on ports as they are', async () => {
  const bootstrap = {
    admin: { address: { pipe: { path: '@admin' } } },
    static_resources: {
      listeners: [{
        name: 'http',
        address: { socket_address: { address: '0.0.0.0', port_value: 80 } },
        filter_chains: [{
          filters: [{
            name: 'echo',
            typed_config: {
              '@type': 'type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config',
              'response': { inline_string: 'HTTP/1.0 200 OK\r\n\r\nfrom Envoy' },
            },
          }],
        }],
      }],
    },
  };
  await apply(
    cluster,
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'bootstrap', namespace: 'default' },
      data: { 'envoy.json': JSON.stringify(bootstrap) },
    },
    echo({
      name: 'proxy',
      container: {
        image: 'docker.io/envoyproxy/envoy:distroless-v1.40.0',
        args: ['-c', '/etc/envoy/envoy.json', '--concurrency', '1'],
        volumeMounts: [{ name: 'bootstrap', mountPath: '/etc/envoy' }],
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
      },
      pod: {
        securityContext: {
          runAsNonRoot: true,
          sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
        },
        volumes: [{ name: 'bootstrap', configMap: { name: 'bootstrap' } }],
      },
    }),
  );
  await rolledOut('proxy');
  const address = await field(cluster, await podOf('proxy'), '.status.podIP');
  const { body } = await eventually(() => get(cluster, `http://${address}/`), { what: 'an answer of Envoy' });
  assert.equal(body, 'from Envoy');
});
