/** The resources of Emissary in a cluster: they come and go, are served by Envoys, and have their status. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { NODE_ADDRESS } from '../cluster/addresses.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { apply, echo, eventually, field, service, startCluster } from '../cluster/testing/cluster.ts';
import type { Answer } from '../standalone/request.ts';
import { install, NAMESPACE } from '../upstream/controller.ts';
import { applyExample, DEFINITIONS, EXAMPLE, HOST, PROXIES, SECURE } from '../upstream/legacy.ts';
import { gateway, httpRoute } from './objects.ts';
import { Requests } from './requests.ts';
import { MANIFESTS } from './stage.ts';

const CONSUL = fileURLToPath(new URL('consul-inside.ts', import.meta.url));

interface Status {
  readonly state?: string;
  readonly reason?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message: string;
  }[];
}

describe('resources of getambassador.io in a cluster', { timeout: 300_000 }, () => {
  let cluster: Cluster;
  let requests: Requests;
  before(async () => {
    cluster = await startCluster({ channel: 'standard' });
    await install(cluster, MANIFESTS);
    await apply(
      cluster,
      echo({ name: 'cart' }),
      service('cart'),
      echo({ name: 'cart-next' }),
      service('cart-next'),
    );
    requests = new Requests(cluster);
  });
  after(async () => {
    requests?.[Symbol.dispose]();
    await cluster.stop();
  });

  const kubectl = (...args: readonly string[]): Promise<string> => cluster.kubectl([...args]);
  const proxies = (kind: string, path: string): Promise<string> =>
    kubectl('get', kind, PROXIES, `--namespace=${NAMESPACE}`, `--output=jsonpath={${path}}`);
  const ask = async (
    path: string,
    options: Partial<Parameters<Requests['send']>[0]> = {},
  ): Promise<Answer> => {
    const address = await proxies('service', '.spec.clusterIP');
    return await requests.send({ address, port: 80, host: HOST, path, headers: SECURE, ...options });
  };
  const answers = (path: string, expected: number, what: string): Promise<true> =>
    eventually(async () => (await ask(path)).status === expected ? true : undefined, { ms: 60_000, what });
  const statusOf = async (object: string): Promise<Status> =>
    JSON.parse(await field(cluster, object, '.status') || '{}') as Status;
  const has = (object: string, expected: Status): Promise<true> =>
    eventually(async () => {
      assert.partialDeepStrictEqual(await statusOf(object), expected);
      return true as const;
    }, { ms: 30_000, what: `status of ${object}: ${JSON.stringify(expected)}` });
  const accepted = (status: string): Pick<Status, 'conditions'> =>
    ({ conditions: [{ type: 'Accepted', status }] }) as unknown as Pick<Status, 'conditions'>;

  test('once there are definitions, the example is served by proxies of its own, at the ports that clients know', async () => {
    await applyExample(cluster);
    await eventually(
      async () => await proxies('deployment', '.status.readyReplicas') === '1' ? true : undefined,
      {
        ms: 90_000,
        what: 'proxies',
      },
    );
    assert.equal(await proxies('service', '.spec.ports[*].port'), '80');
    assert.equal(await proxies('service', '.spec.ports[*].targetPort'), '8080');
    await answers('/cart/', 200, 'the example served');
    const insecure = await ask('/cart/', { headers: {} });
    assert.deepEqual([insecure.status, insecure.headers.location], [301, `https://${HOST}/cart/`]);
    assert.equal((await ask('/basket/x')).headers.location, `https://${HOST}/cart/x`);
  });

  test('the leader writes what became of each, as Emissary does, and as a condition', async () => {
    await has('mapping.getambassador.io/cart', { state: 'Running', ...accepted('True') });
    await has('host.getambassador.io/shop', { state: 'Ready', ...accepted('True') });
    await has('listener.getambassador.io/http', accepted('True'));
    await apply(cluster, mapping('broken', { prefix: '/broken/', service: 'cart', resolver: 'nothing' }));
    await has('mapping.getambassador.io/broken', {
      state: 'Inactive',
      reason: 'unable to find resolver nothing.',
      ...accepted('False'),
    });
    // It breaks itself alone.
    assert.equal((await ask('/cart/')).status, 200);
    await kubectl('delete', 'mapping.getambassador.io/broken');
  });

  test('what the API server takes and nobody can decode is told by its field, until it is mended', async () => {
    const module = (config: Readonly<Record<string, unknown>>): unknown => ({
      apiVersion: 'getambassador.io/v3alpha1',
      kind: 'Module',
      metadata: { name: 'ambassador', namespace: 'default' },
      spec: { config },
    });
    await apply(cluster, module({ server_name: ['shop'] }));
    await eventually(async () => {
      const { conditions = [] } = await statusOf('module.getambassador.io/ambassador');
      const [accepted] = conditions;
      assert.equal(accepted?.status, 'False');
      assert.match(accepted.message, /^spec\.config\.server_name /);
      return true as const;
    }, { ms: 30_000, what: 'the field in the status' });
    assert.equal((await ask('/cart/')).status, 200);
    await apply(cluster, module({ server_name: 'shop' }));
    await has('module.getambassador.io/ambassador', accepted('True'));
    await kubectl('delete', 'module.getambassador.io/ambassador');
  });

  test('edits are followed', async () => {
    await apply(cluster, mapping('added', { prefix: '/added/', service: 'cart' }));
    await answers('/added/', 200, 'a Mapping that is added');
    await apply(cluster, mapping('added', { prefix: '/moved/', service: 'cart' }));
    await answers('/moved/', 200, 'a Mapping that is edited');
    await answers('/added/', 404, 'where it was before');
    // As v2 it is the same object.
    await kubectl('delete', 'mappings.v2.getambassador.io/added');
    await answers('/moved/', 404, 'a Mapping that is deleted');
  });

  test('Consul says where a service is', async () => {
    const consul = cluster.spawn([process.execPath, CONSUL], { stdio: ['pipe', 'ignore', 'inherit'] });
    const move = async (pods: string): Promise<void> => {
      const ip = await kubectl(
        'get',
        'pods',
        `--selector=app=${pods}`,
        '--output=jsonpath={.items[0].status.podIP}',
      );
      consul.stdin?.write(`stock ${ip} 3000\n`);
    };
    await move('cart');
    await apply(
      cluster,
      {
        apiVersion: 'getambassador.io/v3alpha1',
        kind: 'ConsulResolver',
        metadata: { name: 'consul', namespace: 'default' },
        spec: { address: `${NODE_ADDRESS}:8500`, datacenter: 'dc1' },
      },
      mapping('stock', { prefix: '/stock/', service: 'stock', resolver: 'consul' }),
    );
    const answeredBy = (pods: string): Promise<true> =>
      eventually(async () => {
        const { status, body } = await ask('/stock/');
        const { pod } = JSON.parse(body) as { readonly pod?: string };
        return status === 200 && pod?.replace(/(-[a-z0-9]+){2}$/, '') === pods ? true : undefined;
      }, { ms: 30_000, what: `an answer of ${pods}` });
    await answeredBy('cart');
    await move('cart-next');
    await answeredBy('cart-next');
    await kubectl('delete', 'mapping.getambassador.io/stock', 'consulresolver.getambassador.io/consul');
    consul.stdin?.end();
  });

  test('Services are reached by DNS where nobody is to look at endpoints', async () => {
    // Its address leads nowhere, so that only its endpoints answer.
    const labels = { 'service.kubernetes.io/service-proxy-name': 'none' };
    const unproxied = service('unproxied', { selector: { app: 'cart' } }) as object;
    await apply(
      cluster,
      { ...unproxied, metadata: { name: 'unproxied', namespace: 'default', labels } },
      mapping('unproxied', { prefix: '/unproxied/', service: 'unproxied', timeout_ms: 1_000 }),
    );
    await answers('/unproxied/', 200, 'endpoints');
    const set = (value: string): Promise<string> =>
      kubectl(
        'set',
        'env',
        'deployment/dragoman',
        `--namespace=${NAMESPACE}`,
        `AMBASSADOR_DISABLE_ENDPOINTS${value}`,
      );
    await set('=true');
    await answers('/unproxied/', 503, 'the address of the Service');
    await answers('/cart/', 200, 'the address of another Service');
    await set('-');
    await answers('/unproxied/', 200, 'endpoints again');
    await kubectl('rollout', 'status', 'deployment/dragoman', `--namespace=${NAMESPACE}`, '--timeout=60s');
    await kubectl('delete', 'mapping.getambassador.io/unproxied', 'service/unproxied');
  });

  test('a Gateway of the same name takes over the proxies, and shares its port with the Listener', async () => {
    const uid = await proxies('deployment', '.metadata.uid');
    await apply(
      cluster,
      gateway({ name: 'legacy', namespace: NAMESPACE }, {
        listeners: [{
          name: 'http',
          port: 8080,
          protocol: 'HTTP',
          allowedRoutes: { namespaces: { from: 'All' } },
        }],
      }),
      httpRoute({ name: 'cart' }, {
        parentRefs: [{ name: 'legacy', namespace: NAMESPACE }],
        hostnames: [HOST],
        rules: [{
          matches: [{ path: { value: '/cart' } }],
          filters: [{
            type: 'ResponseHeaderModifier',
            responseHeaderModifier: { set: [{ name: 'x-route', value: 'new' }] },
          }],
          backendRefs: [{ name: 'cart', port: 80 }],
        }],
      }),
    );
    await eventually(async () => (await ask('/cart/')).headers['x-route'] === 'new' ? true : undefined, {
      ms: 60_000,
      what: 'the HTTPRoute before the Mapping',
    });
    assert.equal((await ask('/basket/x')).headers.location, `https://${HOST}/cart/x`);
    await eventually(
      async () =>
        await proxies('deployment', '.metadata.ownerReferences[0].kind') === 'Gateway' ? true : undefined,
      { ms: 30_000, what: 'the Gateway as owner' },
    );
    assert.equal(await proxies('deployment', '.metadata.uid'), uid);
    await kubectl('delete', 'httproute/cart');
    await eventually(async () => {
      const { status, headers } = await ask('/cart/');
      return status === 200 && headers['x-route'] === undefined ? true : undefined;
    }, { ms: 30_000, what: 'the Mapping again' });
  });

  test('what is deleted is not served any more, and without Listeners there are no proxies', async () => {
    await kubectl('delete', 'gateway/legacy', `--namespace=${NAMESPACE}`);
    await answers('/cart/', 200, 'proxies of the made-up Gateway again');
    await kubectl('delete', '-f', `${EXAMPLE}/mappings.yaml`);
    await answers('/cart/', 404, 'no Mapping');
    await kubectl('delete', 'listener.getambassador.io/http');
    await eventually(
      async () => await proxies('deployment', '.metadata.name').then(() => undefined, () => true as const),
      { ms: 60_000, what: 'no proxies' },
    );
    // Definitions may go while there are objects.
    await kubectl('delete', '--kustomize', DEFINITIONS);
  });
});

function mapping(name: string, spec: Readonly<Record<string, unknown>>): unknown {
  return {
    apiVersion: 'getambassador.io/v3alpha1',
    kind: 'Mapping',
    metadata: { name, namespace: 'default' },
    spec: { hostname: HOST, ...spec },
  };
}
