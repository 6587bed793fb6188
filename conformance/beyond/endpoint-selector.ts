import assert from 'node:assert/strict';
import { echo as echoDeployment } from '../cluster/testing/cluster.ts';
import { assertStanding, type BeyondTest, type Stage } from './beyond.ts';
import { gateway, HTTP, httpRoute, object } from './objects.ts';

const GROUP = 'gateway.networking.x-k8s.io';

/** Pods of the suite's echo server, without a Service. */
function pods(name: string, replicas: number): object {
  return echoDeployment({ name, replicas }) as object;
}

/** An XBackend for Pods by their label `app`. */
function selector(name: string, app: string, more: Readonly<Record<string, unknown>> = {}): object {
  return object('XBackend', name, {
    type: 'EndpointSelector',
    endpointSelector: { matchLabels: { app } },
    port: { number: 3000 },
    ...more,
  });
}

function to(name: string): Readonly<Record<string, string>> {
  return { group: GROUP, kind: 'XBackend', name };
}

interface Made {
  readonly metadata: {
    readonly name: string;
    readonly ownerReferences: readonly {
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
    }[];
  };
  readonly spec: { readonly clusterIP: string };
}

/** The Services that stand for an XBackend. */
async function servicesOf({ cluster, namespace }: Stage, name: string): Promise<readonly Made[]> {
  const label = `--selector=dragoman.dev/x-backend=${name}`;
  const list = await cluster.kubectl(['get', 'services', `--namespace=${namespace}`, label, '--output=json']);
  return (JSON.parse(list) as { readonly items: readonly Made[] }).items;
}

interface Asked {
  readonly address: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The Pod that answered, and with what headers. */
async function ask(
  stage: Stage,
  { address, path = '/', headers = {} }: Asked,
): Promise<{ readonly pod: string; readonly headers: Readonly<Record<string, unknown>> }> {
  const answer = await stage.send({ address, port: 80, path, headers });
  assert.equal(answer.status, 200, path);
  return { pod: (JSON.parse(answer.body) as { readonly pod: string }).pod, headers: answer.headers };
}

/** The Pods that answered several requests. */
async function answering(stage: Stage, asked: Asked): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  for (let i = 0; i < 20; i++) seen.add((await ask(stage, asked)).pod);
  return seen;
}

function acceptedOf(stage: Stage, name: string) {
  return async (expected: string): Promise<void> =>
    assertStanding((await stage.get(`xbackend/${name}`)).status?.ancestors?.[0]?.conditions, {
      Accepted: expected,
    });
}

const endpointSelector: BeyondTest = {
  name: 'XBackendEndpointSelector',
  features: ['Gateway', 'HTTPRoute'],
  description: 'An XBackend that selects Pods leads to them, follows them, and leaves nothing behind.',
  run: async (stage) => {
    const route = httpRoute('web', {
      parentRefs: [{ name: 'web' }],
      rules: [{ backendRefs: [to('pods')] }],
    });
    await stage.apply(
      pods('a', 2),
      pods('b', 1),
      selector('pods', 'a'),
      gateway('web', { listeners: [HTTP] }),
    );
    const address = await stage.address('web');
    assert.deepEqual(await servicesOf(stage, 'pods'), [], 'no route leads to it');

    await stage.apply(route);
    await stage.settles(async () => {
      await acceptedOf(stage, 'pods')('True/Accepted');
      assert.equal((await answering(stage, { address })).size, 2);
    });
    const [service, ...more] = await servicesOf(stage, 'pods');
    assert.deepEqual(more, []);
    assert.equal(service?.spec.clusterIP, 'None');
    assert.doesNotMatch(service.metadata.name, /pods/);
    assert.partialDeepStrictEqual(service.metadata.ownerReferences, [{ kind: 'XBackend', name: 'pods' }]);

    await stage.apply(selector('pods', 'b'));
    await stage.settles(async () => {
      const seen = [...await answering(stage, { address })];
      assert.ok(seen.length === 1 && seen[0]?.startsWith('b-'), seen.join());
    });
    assert.equal((await servicesOf(stage, 'pods'))[0]?.metadata.name, service.metadata.name);

    await stage.delete('httproute/web');
    await stage.settles(async () => assert.deepEqual(await servicesOf(stage, 'pods'), []));
    await stage.apply(route);
    await stage.settles(async () => {
      await ask(stage, { address });
    });
    await stage.delete('xbackend/pods');
    await stage.settles(async () => {
      assert.deepEqual(await servicesOf(stage, 'pods'), []);
      assert.equal((await stage.send({ address, port: 80 })).status, 500);
    });
  },
};

const refusedSelector: BeyondTest = {
  name: 'XBackendEndpointSelectorRefused',
  features: ['Gateway', 'HTTPRoute'],
  description: 'An XBackend says why its Pods cannot be selected, until they can be.',
  run: async (stage) => {
    await stage.apply(pods('a', 1), selector('pods', 'a'), gateway('web', { listeners: [HTTP] }));
    const address = await stage.address('web');
    // That of the Gateway is all that there may be.
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'services' },
      spec: { hard: { services: '1' } },
    };
    await stage.apply(quota);
    await stage.settles(async () => {
      const used = await stage.cluster.kubectl([
        'get',
        'resourcequota/services',
        `--namespace=${stage.namespace}`,
        '--output=jsonpath={.status.used.services}',
      ]);
      assert.equal(used, '1');
    });
    const rules = [{ backendRefs: [to('pods')] }];
    await stage.apply(httpRoute('web', { parentRefs: [{ name: 'web' }], rules }));
    await stage.settles(async () => {
      await acceptedOf(stage, 'pods')('False/NoResources');
      assert.equal((await stage.send({ address, port: 80 })).status, 503);
    });
    await stage.delete('resourcequota/services');
    await stage.settles(async () => {
      await acceptedOf(stage, 'pods')('True/Accepted');
      await ask(stage, { address });
    });
  },
};

const sessions: BeyondTest = {
  name: 'XBackendSessionPersistence',
  features: ['Gateway', 'HTTPRoute'],
  description: 'Sessions stay at a Pod of an XBackend, within the backend that the weights choose.',
  run: async (stage) => {
    const cookie = (name: string) => ({ sessionPersistence: { type: 'Cookie', cookie: { name } } });
    const header = { sessionPersistence: { type: 'Header', header: { name: 'x-session' } } };
    const rule = (path: string, more: object): object => ({ matches: [{ path: { value: path } }], ...more });
    await stage.apply(
      pods('a', 3),
      pods('b', 3),
      selector('cookie', 'a', cookie('of-a')),
      selector('header', 'b', header),
      gateway('web', { listeners: [HTTP] }),
      httpRoute('web', {
        parentRefs: [{ name: 'web' }],
        rules: [
          rule('/cookie', { backendRefs: [to('cookie')] }),
          rule('/header', { backendRefs: [to('header')] }),
          rule('/split', { backendRefs: [to('cookie'), to('header')] }),
          rule('/own', { ...cookie('of-the-rule'), backendRefs: [to('cookie')] }),
        ],
      }),
    );
    const address = await stage.address('web');
    await stage.settles(async () => {
      for (const path of ['/cookie', '/header']) {
        assert.equal((await answering(stage, { address, path })).size, 3, path);
      }
    });
    const cookieAt = async (path: string, name: string): Promise<string> => {
      const { headers } = await ask(stage, { address, path });
      const [set = ''] = (headers['set-cookie'] ?? []) as readonly string[];
      assert.ok(set.startsWith(`${name}=`), set);
      return set.split(';')[0] ?? '';
    };
    const kept = {
      'cookie': await cookieAt('/cookie', 'of-a'),
      'x-session': String((await ask(stage, { address, path: '/header' })).headers['x-session']),
    };
    for (const path of ['/cookie', '/header']) {
      assert.equal((await answering(stage, { address, path, headers: kept })).size, 1, path);
    }
    const split = [...await answering(stage, { address, path: '/split', headers: kept })];
    assert.deepEqual(new Set(split.map((pod) => pod.split('-')[0])), new Set(['a', 'b']));
    assert.equal(split.length, 2);
    await cookieAt('/own', 'of-the-rule');

    await assert.rejects(
      stage.apply(
        object('XBackend', 'outside', {
          type: 'ExternalHostname',
          externalHostname: { hostname: 'backend.example' },
          port: { number: 80 },
          ...header,
        }),
      ),
      /sessionPersistence can only be set when type is EndpointSelector/,
    );
  },
};

export const endpointSelectorTests: readonly BeyondTest[] = [endpointSelector, refusedSelector, sessions];
