/** A cluster that has Emissary's own definitions, while its conversion webhook is there, when it stops, and without it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { moduleFolder, readFile } from '../../hack/crds/upstream.ts';
import { NODE_ADDRESS } from '../cluster/addresses.ts';
import { type Cluster, signal } from '../cluster/cluster.ts';
import { program } from '../cluster/programs.ts';
import { apply, echo, eventually, field, service, startCluster } from '../cluster/testing/cluster.ts';
import type { Answer } from '../standalone/request.ts';
import { install, NAMESPACE } from '../upstream/controller.ts';
import { EXAMPLE, HOST, PROXIES, SECURE } from '../upstream/legacy.ts';
import { Requests } from './requests.ts';
import { MANIFESTS } from './stage.ts';

const EMISSARY = 'github.com/emissary-ingress/emissary/v3@v3.9.1';
const EMISSARY_NAMESPACE = 'emissary-system';

/** As long as the API server takes to notice that it cannot go on with a watch, and more. */
const UNCONVERTED_MS = 90_000;

const definitions = readFile(join(moduleFolder(EMISSARY), 'manifests/emissary/emissary-crds.yaml.in'))
  .filter(({ spec }) => spec.group === 'getambassador.io');

describe('definitions of Emissary', { timeout: 400_000 }, () => {
  let cluster: Cluster;
  let requests: Requests;
  let webhook: ReturnType<Cluster['spawn']>;
  before(async () => {
    cluster = await startCluster({ channel: 'standard' });
    await install(cluster, MANIFESTS);
    await apply(cluster, ...['cart', 'cart-next'].flatMap((name) => [echo({ name }), service(name)]));
    await apply(cluster, ...definitions, ...webhookObjects());
    webhook = cluster.spawn([program('emissary-apiext'), 'emissary-apiext'], {
      env: { ...process.env, POD_NAMESPACE: EMISSARY_NAMESPACE },
      stdio: 'ignore',
    });
    requests = new Requests(cluster);
  });
  after(async () => {
    requests?.[Symbol.dispose]();
    await cluster.stop();
  });

  const kubectl = (...args: readonly string[]): Promise<string> => cluster.kubectl([...args]);
  const ask = async (path: string): Promise<Answer> => {
    const address = await kubectl(
      'get',
      'service',
      PROXIES,
      `--namespace=${NAMESPACE}`,
      '--output=jsonpath={.spec.clusterIP}',
    );
    return await requests.send({ address, port: 80, host: HOST, path, headers: SECURE });
  };
  const answers = (path: string, expected: number, what: string, ms = 60_000): Promise<true> =>
    eventually(async () => (await ask(path)).status === expected ? true : undefined, { ms, what });
  /** The whole status, since definitions of Emissary keep no more. */
  const has = (object: string, status: object): Promise<true> =>
    eventually(async () => {
      assert.deepEqual(JSON.parse(await field(cluster, object, '.status')), status);
      return true as const;
    }, { ms: 30_000, what: `status of ${object}: ${JSON.stringify(status)}` });
  const applyExample = (): Promise<string> =>
    kubectl(
      'apply',
      '--server-side',
      '-f',
      join(EXAMPLE, 'listener.yaml'),
      '-f',
      join(EXAMPLE, 'mappings.yaml'),
    );

  /** The example is served, with status, and edits of it are followed. */
  async function servesExample(): Promise<void> {
    await answers('/cart/', 200, 'the example');
    assert.equal((await ask('/basket/x')).headers.location, `https://${HOST}/cart/x`);
    await has('mappings.v3alpha1.getambassador.io/cart', { state: 'Running' });
    await has('hosts.v3alpha1.getambassador.io/shop', { state: 'Ready' });
    const mapping = (prefix: string, more = {}): unknown =>
      mappingOf('added', 'v3alpha1', { hostname: HOST, prefix, service: 'cart', ...more });
    await apply(cluster, mapping('/added/'));
    await answers('/added/', 200, 'a Mapping that is added');
    await apply(cluster, mapping('/moved/'));
    await answers('/moved/', 200, 'a Mapping that is edited');
    await answers('/added/', 404, 'where it was before');
    await apply(cluster, mapping('/moved/', { resolver: 'nothing' }));
    const reason = 'unable to find resolver nothing.';
    await has('mappings.v3alpha1.getambassador.io/added', { state: 'Inactive', reason });
    await answers('/moved/', 404, 'a Mapping that is not used');
    await apply(cluster, mapping('/moved/', { resolver: 'endpoint' }));
    await answers('/moved/', 200, 'a Mapping that is used again');
    await has('mappings.v3alpha1.getambassador.io/added', { state: 'Running' });
    await kubectl('delete', 'mappings.v3alpha1.getambassador.io/added');
    await answers('/moved/', 404, 'a Mapping that is deleted');
  }

  test('while the webhook is there, every version is served as it converts it', async () => {
    assert.equal(definitions.length, 14);
    const bundle = '.spec.conversion.webhook.clientConfig.caBundle';
    await eventually(
      async () => await field(cluster, 'crd/mappings.getambassador.io', bundle) === '' ? undefined : true,
      { ms: 30_000, what: 'the webhook has put its certificate into the definitions' },
    );
    await eventually(async () => await applyExample(), { ms: 30_000, what: 'the example applied' });
    await servesExample();
    // A short header and a list that is a string.
    const old = { host: HOST, prefix: '/old/', service: 'cart', add_request_headers: { 'x-short': 'a' } };
    await apply(cluster, mappingOf('old', 'v2', { ...old, remove_request_headers: 'x-gone' }));
    await answers('/old/', 200, 'a Mapping of v2');
    await has('mappings.v2.getambassador.io/old', { state: 'Running' });
    // What a definition does not keep of a status is not written again and again.
    const version = (): Promise<string> =>
      field(cluster, 'mappings.getambassador.io/cart', '.metadata.resourceVersion');
    const before = await version();
    await sleep(5_000);
    assert.equal(await version(), before);
  });

  test('when the webhook stops everything goes on, and edits of the version that is stored are followed', async () => {
    signal(webhook, 'SIGKILL');
    await assert.rejects(applyExample(), /conversion webhook/);
    await apply(cluster, mappingOf('late', 'v2', { host: HOST, prefix: '/late/', service: 'cart' }));
    await answers('/late/', 200, 'a Mapping of v2', UNCONVERTED_MS);
    await has('mappings.v2.getambassador.io/late', { state: 'Running' });
    for (const path of ['/cart/', '/old/']) assert.equal((await ask(path)).status, 200, path);
    // A controller that starts now sees the same.
    await kubectl('rollout', 'restart', 'deployment/dragoman', `--namespace=${NAMESPACE}`);
    await kubectl('rollout', 'status', 'deployment/dragoman', `--namespace=${NAMESPACE}`, '--timeout=60s');
    await kubectl('delete', 'mappings.v2.getambassador.io/late');
    await answers('/late/', 404, 'a Mapping that is deleted', UNCONVERTED_MS);
    for (const path of ['/cart/', '/old/']) assert.equal((await ask(path)).status, 200, path);
  });

  test('where nothing is converted any more, what was stored is served, and so is what is applied anew', async () => {
    for (const { spec: { names: { plural } } } of definitions) {
      const patch = JSON.stringify({ spec: { conversion: { strategy: 'None', webhook: null } } });
      await kubectl('patch', 'crd', `${plural}.getambassador.io`, '--type=merge', `--patch=${patch}`);
    }
    await applyExample();
    await servesExample();
    await answers('/old/', 200, 'what was stored as v2');
    await kubectl('delete', '-f', join(EXAMPLE, 'mappings.yaml'));
    await answers('/cart/', 404, 'the example deleted');
    await answers('/old/', 200, 'what was stored as v2');
  });
});

function mappingOf(name: string, version: string, spec: Readonly<Record<string, unknown>>): unknown {
  const apiVersion = `getambassador.io/${version}`;
  return { apiVersion, kind: 'Mapping', metadata: { name, namespace: 'default' }, spec };
}

/** The Service that the definitions name, with the webhook on the node. */
function webhookObjects(): readonly unknown[] {
  const metadata = { name: 'emissary-apiext', namespace: EMISSARY_NAMESPACE };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: EMISSARY_NAMESPACE } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { ports: [{ name: 'https', port: 443, targetPort: 8443 }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name } },
      addressType: 'IPv4',
      ports: [{ name: 'https', port: 8443, protocol: 'TCP' }],
      endpoints: [{ addresses: [NODE_ADDRESS] }],
    },
  ];
}
