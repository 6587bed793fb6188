import assert from 'node:assert/strict';
import { assertStanding, type BeyondTest } from './beyond.ts';
import { echo, gateway, HTTP, httpRoute, object } from './objects.ts';

const GROUP = 'gateway.networking.x-k8s.io';

const xBackend: BeyondTest = {
  name: 'XBackendExternalHostname',
  features: ['Gateway', 'HTTPRoute'],
  description: 'An XBackend says for each Gateway whether it is accepted, and one that is not answers 500.',
  run: async (stage) => {
    const outside = (name: string, hostname: string): object =>
      object('XBackend', name, {
        type: 'ExternalHostname',
        externalHostname: { hostname },
        port: { number: 80 },
      });
    const rule = (name: string): object => ({
      matches: [{ path: { value: `/${name}` } }],
      backendRefs: [{ group: GROUP, kind: 'XBackend', name }],
    });
    await stage.apply(
      outside('good', 'backend.example'),
      outside('service', `good.${stage.namespace}.svc`),
      gateway('web', { listeners: [HTTP] }),
      httpRoute('web', { parentRefs: [{ name: 'web' }], rules: ['good', 'service', 'missing'].map(rule) }),
    );
    const address = await stage.address('web');
    await stage.settles(async () => {
      const conditionsOf = async (name: string) =>
        (await stage.get(`xbackend/${name}`)).status?.ancestors?.[0]?.conditions;
      assertStanding(await conditionsOf('good'), { Accepted: 'True/Accepted' });
      assertStanding(await conditionsOf('service'), { Accepted: 'False/UnsupportedValue' });
      // Nothing has this name: it is asked for all the same.
      assert.equal((await stage.send({ address, port: 80, path: '/good' })).status, 503);
      for (const path of ['/service', '/missing']) {
        assert.equal((await stage.send({ address, port: 80, path })).status, 500, path);
      }
    });
    await assert.rejects(
      stage.apply(outside('cluster', 'a.b.svc.cluster.local')),
      /hostname must not be an IP address or end with \.cluster\.local/,
    );
  },
};

const trafficPolicy: BeyondTest = {
  name: 'XBackendTrafficPolicy',
  features: ['Gateway', 'HTTPRoute'],
  description:
    'An XBackendTrafficPolicy is accepted for a Service that a Gateway uses; of two only the older.',
  run: async (stage) => {
    const policy = (name: string, service: string): object =>
      object('XBackendTrafficPolicy', name, {
        targetRefs: [{ group: '', kind: 'Service', name: service }],
        retryConstraint: {
          budget: { percent: 10, interval: '10s' },
          minRetryRate: { count: 3, interval: '1s' },
        },
        sessionPersistence: { type: 'Cookie', cookie: { name: 'kept' } },
      });
    await stage.apply(
      ...echo('backend'),
      policy('first', 'backend'),
      gateway('web', { listeners: [HTTP] }),
      httpRoute('web', {
        parentRefs: [{ name: 'web' }],
        rules: [{ backendRefs: [{ name: 'backend', port: 80 }] }],
      }),
    );
    const address = await stage.address('web');
    // Creation times are whole seconds, and of the same second the first by name is the first.
    await stage.apply(policy('second', 'backend'));
    await stage.settles(async () => {
      const conditionsOf = async (name: string) =>
        (await stage.get(`xbackendtrafficpolicy/${name}`)).status?.ancestors?.[0]?.conditions;
      assertStanding(await conditionsOf('first'), { Accepted: 'True/Accepted' });
      assertStanding(await conditionsOf('second'), { Accepted: 'False/Conflicted' });
      const { status, headers } = await stage.send({ address, port: 80 });
      assert.equal(status, 200);
      assert.match(headers['set-cookie']?.[0] ?? '', /^kept=/);
    });
  },
};

const telemetryPolicy: BeyondTest = {
  name: 'XTelemetryPolicy',
  features: ['Gateway', 'HTTPRoute'],
  description:
    'An XTelemetryPolicy traces the requests of its Gateway; without a collector they are served all the same.',
  run: async (stage) => {
    const policy = (collector: string): object =>
      object('XTelemetryPolicy', 'traces', {
        targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'web' }],
        tracing: { mode: 'Enabled', provider: { backendRef: { name: collector, port: 80 } } },
      });
    await stage.apply(
      ...echo('backend'),
      policy('backend'),
      gateway('web', { listeners: [HTTP] }),
      httpRoute('web', {
        parentRefs: [{ name: 'web' }],
        rules: [{ backendRefs: [{ name: 'backend', port: 80 }] }],
      }),
    );
    const address = await stage.address('web');
    const expect = (resolved: string, traced: boolean): Promise<void> =>
      stage.settles(async () => {
        const { status } = await stage.get('xtelemetrypolicy/traces');
        assertStanding(status?.ancestors?.[0]?.conditions, {
          Accepted: 'True/Accepted',
          ResolvedRefs: resolved,
        });
        const answer = await stage.send({ address, port: 80 });
        assert.equal(answer.status, 200);
        assert.equal(/traceparent/i.test(answer.body), traced);
      });
    await expect('True/ResolvedRefs', true);
    await stage.apply(policy('missing'));
    await expect('False/BackendNotFound', false);
  },
};

export const experimentalTests: readonly BeyondTest[] = [xBackend, trafficPolicy, telemetryPolicy];
