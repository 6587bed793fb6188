import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { AnyObject } from '../lib/api/mod.ts';
import { createDataflow, type Dataflow } from './graph.ts';
import { inputOf } from './inputs.ts';
import type { Settings } from './settings.ts';
import { objectsIn, STANDALONE } from './testing/golden.ts';
import type { Edit } from './testing/random-edits.ts';
import { type Feedback, history, type Step } from './testing/random-world.ts';

const KUBERNETES: Settings = {
  ...STANDALONE,
  mode: 'kubernetes',
  allowLocalBackends: false,
  kubernetes: {
    namespace: 'dragoman-system',
    envoyImage: 'envoy:test',
    bind: '::',
    xds: { host: '10.96.0.17', port: 18_000 },
    drainKey: 'key',
    legacy: {
      gateway: { namespace: 'default', name: 'one' },
      gatewayClassName: 'dragoman',
      servicePorts: [{ port: 80, target: 8080 }],
    },
  },
};

/** A graph with what was put into it. */
class World {
  readonly dataflow: Dataflow;
  readonly objects = new Map<string, AnyObject>();

  constructor(settings: Settings) {
    this.dataflow = createDataflow(settings, {
      onFault: ({ collection, source, reason, error }) => {
        throw new Error(`${reason} in ${collection} at ${source}`, { cause: error });
      },
    });
    this.dataflow.feedback.clock.set({ key: 'now', time: Date.UTC(2027, 0, 1) });
    this.dataflow.feedback.installed.set({ key: 'ClusterTrustBundle' });
  }

  edit({ slot, object }: Edit): void {
    const before = this.objects.get(slot);
    if (object !== undefined) {
      this.objects.set(slot, object);
      inputOf(this.dataflow.objects, object.kind)?.set(object);
    } else if (before !== undefined) {
      this.objects.delete(slot);
      inputOf(this.dataflow.objects, before.kind)?.delete(before.key);
    }
  }

  feed(feedback: Feedback): void {
    const { resources, memberships, objects, feedback: { delivered, refusals, addresses } } = this.dataflow;
    if (feedback.type === 'deliver') {
      for (const { key, resource } of memberships.values().filter((_, i) => i % feedback.share === 0)) {
        const version = resources.get(resource)?.version;
        if (version !== undefined) delivered.set({ key, version });
      }
    } else if (feedback.type === 'refuse') {
      const hashes = resources.values().flatMap(({ version, parts = [] }) => [
        version,
        ...parts.map(({ hash }) => hash),
      ]);
      const key = hashes[feedback.index % hashes.length];
      if (key !== undefined) refusals.set({ key, message: 'no' });
    } else if (feedback.type === 'assign') {
      const { index, addresses: given, byDefault } = feedback;
      const key = objects.Gateway.values()[index % objects.Gateway.size]?.key;
      if (key === undefined) return;
      if (given === undefined) addresses.delete(key);
      else addresses.set({ key, addresses: given, byDefault });
    } else {
      const key = refusals.values()[feedback.index % refusals.size]?.key;
      if (key !== undefined) refusals.delete(key);
    }
  }

  run(steps: readonly Step[], afterEach: () => void = () => {}): this {
    for (const { edits, feedback } of steps) {
      for (const edit of edits) this.edit(edit);
      this.dataflow.graph.commit();
      afterEach();
      if (feedback.length === 0) continue;
      for (const each of feedback) this.feed(each);
      this.dataflow.graph.commit();
      afterEach();
    }
    return this;
  }

  /** The same inputs in another order, put into a new graph at once. */
  afresh(): World {
    const { settings, feedback } = this.dataflow;
    const world = new World(settings);
    for (const [slot, object] of [...this.objects].reverse()) world.edit({ slot, object });
    for (const value of [...feedback.refusals.values()].reverse()) {
      world.dataflow.feedback.refusals.set(value);
    }
    for (const value of feedback.addresses.values()) world.dataflow.feedback.addresses.set(value);
    for (const value of feedback.delivered.values()) world.dataflow.feedback.delivered.set(value);
    world.dataflow.graph.commit();
    return world;
  }

  outputs(): unknown {
    const { resources, memberships, statuses, diagnostics, infraPlans } = this.dataflow;
    return {
      infraPlans: infraPlans.values(),
      resources: resources.values(),
      memberships: memberships.values().map(({ key }) => key),
      statuses: statuses.values(),
      diagnostics: diagnostics.values(),
    };
  }
}

/** Certificates that XBackends show, of the routes that are attached to a fleet. */
function usedByRoutes({ routes, attachments }: Dataflow, fleet: string): ReadonlySet<string> {
  const attached = routes.values().filter(({ key }) =>
    attachments.get(key)?.parents.some(({ listeners }) => listeners.some((each) => each.fleet === fleet))
  );
  const secrets = attached.flatMap(({ sets }) => sets.flatMap((set) => set.secrets));
  return new Set(secrets.map(({ name }) => name));
}

/** Certificates that Hosts and TLSContexts name, for their listeners and for backends. */
function usedByLegacy({ objects }: Dataflow): ReadonlySet<string> {
  const hosts = objects.Host.values().map(({ metadata, spec }) => [metadata.namespace, spec.tlsSecret?.name]);
  const contexts = objects.TLSContext.values().map(({ metadata, spec }) => [metadata.namespace, spec.secret]);
  return new Set([...hosts, ...contexts].map(([namespace, name]) => `certificate/${namespace}/${name}`));
}

const settings = fc.constantFrom(STANDALONE, KUBERNETES);

test('after any history all is as if computed at once, whatever the order of the inputs', () => {
  fc.assert(
    fc.property(settings, history, (mode, steps) => {
      const world = new World(mode).run(steps);
      assert.deepEqual(world.outputs(), world.afresh().outputs());
    }),
    { numRuns: 1000 },
  );
});

test('what a fleet gets is complete, and its own', () => {
  let hosts = 0;
  let calls = 0;
  let mapped = 0;
  let secrets = 0;
  let bundles = 0;
  let filtered = 0;
  let outside = 0;
  let budgets = 0;
  const property = fc.property(settings, history, (mode, steps) => {
    const world = new World(mode);
    const { resources, memberships, gateways, virtualHosts } = world.dataflow;
    world.run(steps, () => {
      const members = new Set(memberships.values().map(({ key }) => key));
      for (const { fleet, resource: key } of memberships.values()) {
        const resource = resources.get(key);
        assert.ok(resource !== undefined, `${fleet} gets ${key}, which is not there`);
        for (const need of resource.needs) {
          assert.ok(members.has(`${fleet}|${need}`), `${key} needs ${need}`);
        }
        if (resource.type === 'VirtualHost') hosts++;
        if (resource.name.startsWith('trust/') && resource.name.includes('ClusterTrustBundle')) bundles++;
        if (resource.type !== 'Secret' || !resource.name.startsWith('certificate/')) continue;
        secrets++;
        if (mode.mode === 'standalone') continue;
        const used = gateways.get(fleet)?.secrets.map(({ name }) => name) ?? [];
        const isUsed = used.includes(resource.name) ||
          usedByRoutes(world.dataflow, fleet).has(resource.name) ||
          usedByLegacy(world.dataflow).has(resource.name);
        assert.ok(isUsed, `${fleet} holds ${resource.name} of another Gateway`);
      }
      for (const { key, members, preRouting } of virtualHosts.values()) {
        const kinds = new Set(members.map(({ routes }) => routes.split('/')[0]));
        // At a port that is shared they come after the routes of Gateway API.
        if (kinds.delete('Mapping')) mapped++;
        assert.ok(kinds.size < 2, `${key} is served by ${[...kinds].join(' and ')}`);
        if (kinds.has('GRPCRoute')) calls++;
        if ((preRouting ?? []).some(({ cluster }) => cluster !== undefined)) filtered++;
      }
      for (const { type, name } of resources.values()) {
        if (type === 'Cluster') {
          if (name.startsWith('XBackend/')) outside++;
          if (name.includes('/retries-')) budgets++;
          // What Mappings reach has their settings behind it.
          if (/\/as-[0-9a-f]{12}/.test(name)) continue;
          assert.match(
            name,
            /^((default|team)\/[ab]\/80|XBackend\/(default|team)\/x\/443)(\/http2|\/websocket|\/tcp)?(\/tls-[0-9a-f]{12})?(\/proxy-v2)?(\/retries-[0-9]+-10000-10)?$|^(Gateway|ListenerSet)(\/[a-z0-9-]+){3}\/\*$/,
          );
        }
      }
    });
  });
  const covered = (): boolean =>
    hosts > 1000 && calls > 100 && mapped > 100 && secrets > 100 && bundles > 3 && filtered > 5 &&
    outside > 5 && budgets > 2;
  // What is rare in the worlds may be in none of a few hundred.
  for (let rounds = 0; rounds < 8 && !covered(); rounds++) fc.assert(property, { numRuns: 500 });
  assert.ok(
    covered(),
    `the worlds hold ${hosts} hosts, ${calls} of them for gRPC, ${mapped} with Mappings, ${filtered} with filters of listeners, ` +
      `${secrets} certificates, ${bundles} bundles, ${outside} XBackends and ${budgets} budgets`,
  );
});

const UNRELATED = objectsIn(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: unrelated, namespace: elsewhere }
spec:
  gatewayClassName: dragoman
  listeners: [{ name: http, protocol: HTTP, port: 9999 }]
---
apiVersion: v1
kind: Service
metadata: { name: unrelated, namespace: elsewhere }
spec: { ports: [{ port: 80 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: unrelated, namespace: elsewhere }
spec:
  parentRefs: [{ name: unrelated }]
  rules: [{ backendRefs: [{ name: unrelated, port: 80 }] }]
`);

test('an unrelated edit leaves resources, statuses, diagnostics and infrastructure the same objects', () => {
  fc.assert(
    fc.property(settings, history, (mode, steps) => {
      const world = new World(mode).run(steps);
      const { graph, resources, statuses, diagnostics, infra } = world.dataflow;
      const collections = [resources, statuses, diagnostics, infra] as const;
      const before = collections.map((collection) => collection.values());
      for (const object of UNRELATED) world.edit({ slot: `unrelated/${object.kind}`, object });
      graph.commit();
      for (const [i, collection] of collections.entries()) {
        for (const value of before[i] ?? []) assert.equal(collection.get(value.key), value);
      }
    }),
    { numRuns: 300 },
  );
});
