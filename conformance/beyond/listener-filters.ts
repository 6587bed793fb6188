import assert from 'node:assert/strict';
import { assertStanding, type BeyondTest, type Stage } from './beyond.ts';
import { echo, gateway, HTTP, httpRoute, object } from './objects.ts';

/** The suite's echo server as one for authorization: it answers with the headers that it is asked for, and `/status/403` so. */
function asks(name: string, namespace?: string): object {
  return {
    type: 'ExternalAuth',
    externalAuth: {
      protocol: 'HTTP',
      backendRef: { name, port: 80, ...(namespace === undefined ? {} : { namespace }) },
      http: { allowedHeaders: ['x-echo-set-header'], allowedResponseHeaders: ['x-tenant', 'host'] },
    },
  };
}

/** Which pod answered, without what makes its name unique. */
function podOf(body: string): string {
  const { pod } = JSON.parse(body) as { readonly pod: string };
  return pod.split('-')[0] ?? '';
}

async function expectListener(
  stage: Stage,
  expected: Readonly<Record<string, string>>,
  message?: RegExp,
): Promise<void> {
  const { status } = await stage.get('gateway/web');
  const conditions = status?.listeners?.[0]?.conditions;
  assertStanding(conditions, expected);
  const failed = conditions?.filter((each) => each.status === 'False' && each.type in expected) ?? [];
  if (message !== undefined) {
    assert.ok(failed.some((each) => message.test(each.message)), JSON.stringify(failed));
  }
}

const filtersOf = (...requests: readonly object[]): object =>
  gateway('web', { listeners: [{ ...HTTP, filters: { requests } }] });

const listenerFilters: BeyondTest = {
  name: 'GatewayListenerFilters',
  features: ['Gateway', 'HTTPRoute', 'GatewayListenerFilters'],
  description:
    'Filters of a listener run before routing, for every request, and fail with what they refer to or do not support.',
  run: async (stage) => {
    await stage.apply(
      ...['auth', 'red', 'other'].flatMap(echo),
      filtersOf(asks('auth')),
      httpRoute('web', {
        parentRefs: [{ name: 'web' }],
        rules: [
          {
            matches: [{ path: { value: '/routed' }, headers: [{ name: 'x-tenant', value: 'red' }] }],
            backendRefs: [{ name: 'red', port: 80 }],
          },
          { matches: [{ path: { value: '/routed' } }], backendRefs: [{ name: 'other', port: 80 }] },
        ],
      }),
    );
    const address = await stage.address('web');
    const ask = (path: string, tenant?: string) =>
      stage.send({
        address,
        port: 80,
        path,
        host: 'web.example',
        ...(tenant === undefined ? {} : {
          headers: { 'x-tenant': 'forged', 'x-echo-set-header': `x-tenant:${tenant}, host:other.example` },
        }),
      });
    const good = { Accepted: 'True/Accepted', ResolvedRefs: 'True/ResolvedRefs' };
    await stage.settles(async () => {
      await expectListener(stage, good);
      const answer = await ask('/routed', 'red');
      assert.deepEqual([answer.status, podOf(answer.body)], [200, 'red']);
      assert.equal(
        (JSON.parse(answer.body) as { host: string }).host,
        'web.example',
        'the host is not to be changed',
      );
      assert.equal(podOf((await ask('/routed', 'blue')).body), 'other');
      assert.equal((await ask('/nothing', 'red')).status, 404);
      assert.equal((await ask('/status/403')).status, 403, 'denied, though no route takes it');
    });

    await stage.apply(filtersOf(asks('auth'), asks('missing')));
    await stage.settles(async () => {
      await expectListener(
        stage,
        { Accepted: 'True/Accepted', ResolvedRefs: 'False/InvalidListenerFilterRef' },
        /filters\.requests\[1\]/,
      );
      assert.equal((await ask('/routed', 'red')).status, 500);
    });

    await stage.apply(filtersOf(asks('auth', 'default')));
    await stage.settles(async () => {
      await expectListener(stage, { ResolvedRefs: 'False/RefNotPermitted' }, /filters\.requests\[0\]/);
      assert.equal((await ask('/routed', 'red')).status, 500);
    });

    const extension = { group: 'example.com', kind: 'Unknown', name: 'x' };
    await stage.apply(filtersOf(asks('auth'), { type: 'ExtensionRef', extensionRef: extension }));
    await stage.settles(() =>
      expectListener(
        stage,
        { Accepted: 'False/UnsupportedValue' },
        /filters\.requests\[1\].*Unknown of group/,
      )
    );

    const tcp = { name: 'tcp', port: 9000, protocol: 'TCP', filters: { requests: [asks('auth')] } };
    await assert.rejects(
      stage.apply(gateway('wrong', { listeners: [tcp] })),
      /filters may only be set when protocol is HTTP or HTTPS/,
    );

    await stage.apply(
      gateway('web', { listeners: [HTTP], allowedListeners: { namespaces: { from: 'Same' } } }),
      object('ListenerSet', 'more', {
        parentRef: { name: 'web' },
        listeners: [{ name: 'more', port: 8080, protocol: 'HTTP', filters: { requests: [asks('auth')] } }],
      }),
    );
    await stage.settles(async () => {
      assert.equal((await stage.send({ address, port: 8080, path: '/status/403' })).status, 403);
      assert.equal((await ask('/status/403')).status, 404, 'the other listener has no filters any more');
    });
  },
};

export const listenerFilterTests: readonly BeyondTest[] = [listenerFilters];
