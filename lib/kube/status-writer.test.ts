import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { kinds } from '../api/mod.ts';
import { KubeApi } from './client.ts';
import type { DesiredStatus } from './status-target.ts';
import { type StatusEvent, StatusWriter, type StatusWriterOptions } from './status-writer.ts';
import { FakeApiServer, type SeenRequest } from './testing/api-server.ts';
import { eventually } from '../testing/eventually.ts';
import { fastTiming } from './testing/fast-timing.ts';
import { Watches } from './watches.ts';

interface Setup {
  readonly server: FakeApiServer;
  readonly watches: Watches;
  readonly writer: StatusWriter;
  readonly events: StatusEvent[];
}

const timing = {
  retryMs: [5, 50],
  pauseMs: [2, 20],
  lookMs: 40,
  repairMs: [100, 1_000],
} as const;

async function setUp(
  t: TestContext,
  { prepare, enabled = true, ...options }: Partial<StatusWriterOptions> & {
    readonly prepare?: (server: FakeApiServer) => void;
    readonly enabled?: boolean;
  } = {},
): Promise<Setup> {
  const server = await FakeApiServer.start([kinds.HTTPRoute, kinds.Gateway]);
  prepare?.(server);
  const api = new KubeApi({ connection: server.connection, userAgent: 'test' });
  const watches = new Watches({
    api,
    kinds: ['HTTPRoute', 'Gateway'],
    onUpdate: () => {},
    timing: fastTiming,
  });
  await watches.start();
  const events: StatusEvent[] = [];
  const writer = new StatusWriter({
    api,
    statuses: watches.statuses,
    versionOf: (kind) => watches.versionOf(kind),
    controllerName: 'us',
    onEvent: (event) => events.push(event),
    timing,
    ...options,
  });
  if (enabled) writer.enable();
  t.after(async () => {
    await writer.stop();
    await watches.stop();
    api.close();
    await server.stop();
  });
  return { server, watches, writer, events };
}

function route(
  name: string,
  fields: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const metadata = { namespace: 'default', name };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata, spec: {}, ...fields };
}

function entry(controllerName: string, message = ''): Readonly<Record<string, unknown>> {
  return {
    parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: controllerName },
    controllerName,
    conditions: [{
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }],
  };
}

function desired(
  name: string,
  message = '',
  generation = 1,
): { readonly key: string; readonly after: DesiredStatus } {
  const key = `HTTPRoute/default/${name}`;
  const object = { group: kinds.HTTPRoute.group, kind: 'HTTPRoute', namespace: 'default', name };
  return { key, after: { key, object, generation, status: { parents: [entry('us', message)] } } };
}

/** `controller:message` of each entry in the server. */
function said(server: FakeApiServer, name: string): string {
  const status = server.get(kinds.HTTPRoute, { namespace: 'default', name })?.['status'] as
    | {
      readonly parents?: readonly {
        readonly controllerName: string;
        readonly conditions: readonly { message: string }[];
      }[];
    }
    | undefined;
  return (status?.parents ?? []).map(({ controllerName, conditions }) =>
    `${controllerName}:${conditions[0]?.message}`
  ).join(' ');
}

function patches(server: FakeApiServer): SeenRequest[] {
  return server.requests.filter(({ method }) => method === 'PATCH');
}

/** Nothing more is written, whatever the watch still shows. */
async function settled({ server, writer }: Setup): Promise<void> {
  await eventually(() => assert.equal(writer.pending, 0));
  const { length } = patches(server);
  await sleep(60);
  assert.equal(patches(server).length, length);
}

test('a status is written once, with the version that it began from, beside what others say', async (t) => {
  const setup = await setUp(t, {
    prepare: (server) =>
      server.put(kinds.HTTPRoute, route('a', { status: { parents: [entry('them', 'hi')] } })),
  });
  const { server, writer, events } = setup;
  const { resourceVersion } = server.get(kinds.HTTPRoute, { namespace: 'default', name: 'a' })?.metadata ??
    {};
  writer.update([desired('a', 'one')]);
  await eventually(() => assert.equal(said(server, 'a'), 'them:hi us:one'));
  await settled(setup);
  assert.deepEqual(
    patches(server).map((
      { path, query, body },
    ) => [path, query['fieldManager'], (body as { metadata: unknown }).metadata]),
    [
      ['/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes/a/status', 'dragoman', {
        resourceVersion,
      }],
    ],
  );
  assert.deepEqual(events.map(({ event, object }) => [event, object]), [['written', 'HTTPRoute/default/a']]);
});

test('a status that is right already is never written', async (t) => {
  const setup = await setUp(t);
  const { server, writer } = setup;
  server.put(kinds.HTTPRoute, route('a', { status: { parents: [entry('us', 'one')] } }));
  await eventually(() => assert.notEqual(setup.watches.statuses.get('HTTPRoute/default/a'), undefined));
  writer.update([desired('a', 'one')]);
  writer.update([desired('a', 'one')]);
  await settled(setup);
  assert.deepEqual(patches(server), []);
});

test('while one write is under way, later changes become one more', async (t) => {
  const setup = await setUp(t, { prepare: (server) => server.put(kinds.HTTPRoute, route('a')) });
  const { server, writer } = setup;
  server.delayMs = 20;
  for (let index = 0; index < 10; index++) writer.update([desired('a', String(index))]);
  await eventually(() => assert.equal(said(server, 'a'), 'us:9'));
  await settled(setup);
  assert.equal(patches(server).length, 2);
});

test('nothing is written before enable(), which compares everything, nor after disable()', async (t) => {
  const setup = await setUp(t, {
    enabled: false,
    prepare: (server) => {
      server.put(kinds.HTTPRoute, route('a', { status: { parents: [entry('us', 'one')] } }));
      server.put(kinds.HTTPRoute, route('b'));
    },
  });
  const { server, writer } = setup;
  writer.update([desired('a', 'one'), desired('b', 'two')]);
  await settled(setup);
  assert.deepEqual(patches(server), []);
  writer.enable();
  await eventually(() => assert.equal(said(server, 'b'), 'us:two'));
  await settled(setup);
  assert.equal(patches(server).length, 1);
  await writer.disable();
  writer.update([desired('b', 'three')]);
  await settled(setup);
  assert.equal(said(server, 'b'), 'us:two');
});

test('a conflict is resolved with what is there then', async (t) => {
  const setup = await setUp(t, { prepare: (server) => server.put(kinds.HTTPRoute, route('a')) });
  const { server, writer, events } = setup;
  server.fault = ({ method }) => {
    if (method !== 'PATCH') return undefined;
    server.fault = () => undefined;
    server.put(kinds.HTTPRoute, route('a', { status: { parents: [entry('them', 'first')] } }));
    return undefined;
  };
  writer.update([desired('a', 'second')]);
  await eventually(() => assert.equal(said(server, 'a'), 'them:first us:second'));
  await settled(setup);
  assert.deepEqual(events.map(({ event }) => event), ['conflict', 'written']);
});

test('a conflict is resolved though the watch is not heard of', async (t) => {
  const setup = await setUp(t, { prepare: (server) => server.put(kinds.HTTPRoute, route('a')) });
  const { server, watches, writer, events } = setup;
  await watches.stop();
  server.put(kinds.HTTPRoute, route('a', { status: { parents: [entry('them', 'first')] } }));
  writer.update([desired('a', 'second')]);
  await eventually(() => assert.equal(said(server, 'a'), 'them:first us:second'));
  await settled(setup);
  assert.deepEqual(events.map(({ event }) => event), ['conflict', 'written']);
});

test('a conflict about something else is tried again', async (t) => {
  const setup = await setUp(t, { prepare: (server) => server.put(kinds.HTTPRoute, route('a')) });
  const { server, writer, events } = setup;
  server.fault = ({ method }) => method === 'PATCH' ? { status: 409 } : undefined;
  writer.update([desired('a', 'one')]);
  await eventually(() => assert.ok(events.length > 1));
  server.fault = () => undefined;
  await eventually(() => assert.equal(said(server, 'a'), 'us:one'));
});

test('what others write right behind a write of ours is seen', async (t) => {
  const setup = await setUp(t, { prepare: (server) => server.put(kinds.HTTPRoute, route('a')) });
  const { server, writer } = setup;
  const unsubscribe = server.store.subscribe(() => {
    unsubscribe();
    server.put(kinds.HTTPRoute, route('a', { status: { parents: [entry('them', 'mine')] } }));
  });
  writer.update([desired('a', 'one')]);
  await eventually(() => assert.equal(said(server, 'a'), 'them:mine us:one'));
});

test('what others do to our words is repaired, less and less often', async (t) => {
  const setup = await setUp(t, { prepare: (server) => server.put(kinds.HTTPRoute, route('a')) });
  const { server, writer } = setup;
  writer.update([desired('a', 'one')]);
  await eventually(() => assert.equal(said(server, 'a'), 'us:one'));
  server.put(kinds.HTTPRoute, route('a', { status: { parents: [] } }));
  await eventually(() => assert.equal(said(server, 'a'), 'us:one'));
  await settled(setup);
  const [before, began] = [patches(server).length, performance.now()];
  for (let index = 0; index < 50; index++) {
    server.put(kinds.HTTPRoute, route('a', { status: { parents: [entry('them', String(index))] } }));
    await sleep(5);
  }
  // The first few come soon, then one each 500 ms at most.
  const [repairs, most] = [patches(server).length - before, 4 + (performance.now() - began) / 500];
  assert.ok(repairs <= most, `${repairs} repairs, at most ${most}`);
  await eventually(() => assert.equal(said(server, 'a'), 'them:49 us:one'));
});

test('a status of which the API server drops a field is not written again and again', async (t) => {
  const setup = await setUp(t, { prepare: (server) => server.put(kinds.HTTPRoute, route('a')) });
  const { server, writer } = setup;
  const { key, after } = desired('a', 'one');
  server.prune = (object) => {
    const { unknown: _, ...status } = (object['status'] ?? {}) as Readonly<Record<string, unknown>>;
    return { ...object, status };
  };
  writer.update([{ key, after: { ...after, status: { ...after.status as object, unknown: 1 } } }]);
  await eventually(() => assert.equal(said(server, 'a'), 'us:one'));
  await settled(setup);
  assert.equal(patches(server).length, 1);
});

test('an object that is newer than what was computed waits for what it becomes', async (t) => {
  const setup = await setUp(t, { prepare: (server) => server.put(kinds.HTTPRoute, route('a')) });
  const { server, watches, writer } = setup;
  server.put(kinds.HTTPRoute, route('a', { spec: { hostnames: ['a.example'] } }));
  await eventually(() => assert.equal(watches.statuses.get('HTTPRoute/default/a')?.generation, 2));
  writer.update([desired('a', 'old', 1)]);
  await settled(setup);
  assert.equal(said(server, 'a'), '');
  writer.update([desired('a', 'new', 2)]);
  await eventually(() => assert.equal(said(server, 'a'), 'us:new'));
});

test('when nothing is to be said any more, our entries go and those of others stay', async (t) => {
  const setup = await setUp(t, {
    prepare: (server) =>
      server.put(kinds.HTTPRoute, route('a', { status: { parents: [entry('them', 'hi')] } })),
  });
  const { server, writer } = setup;
  writer.update([desired('a', 'one')]);
  await eventually(() => assert.equal(said(server, 'a'), 'them:hi us:one'));
  writer.update([{ key: 'HTTPRoute/default/a', after: undefined }]);
  await eventually(() => assert.equal(said(server, 'a'), 'them:hi'));
  await settled(setup);
});

test('an object that has gone is forgotten', async (t) => {
  const setup = await setUp(t, { prepare: (server) => server.put(kinds.HTTPRoute, route('a')) });
  const { server, writer } = setup;
  server.fault = ({ method }) => method === 'PATCH' ? { status: 500 } : undefined;
  writer.update([desired('a', 'one')]);
  await eventually(() => assert.ok(patches(server).length > 2));
  server.delete(kinds.HTTPRoute, { namespace: 'default', name: 'a' });
  // A write that was under way may still arrive.
  await eventually(() => settled(setup));
});

test('an API server that fails is asked less and less often, by all together', async (t) => {
  const names = Array.from({ length: 100 }, (_, index) => `r${index}`);
  const setup = await setUp(t, {
    timing: { ...timing, pauseMs: [20, 40] },
    prepare: (server) => {
      for (const name of names) server.put(kinds.HTTPRoute, route(name));
    },
  });
  const { server, writer, events } = setup;
  server.fault = ({ method }) => method === 'PATCH' ? { status: 429 } : undefined;
  const began = performance.now();
  writer.update(names.map((name) => desired(name, 'one')));
  await sleep(200);
  // Each round is at most the requests that were under way at once, and soon there is one each 20 ms at most.
  const most = 24 * (4 + (performance.now() - began) / 20);
  assert.ok(patches(server).length <= most, `${patches(server).length} requests, at most ${most}`);
  assert.ok(events.every(({ event }) => event === 'failed'));
  server.fault = () => undefined;
  await eventually(() => assert.ok(names.every((name) => said(server, name) === 'us:one')));
});

test('one object for which the API server fails holds up no other, and is tried again', async (t) => {
  const setup = await setUp(t, {
    timing: { ...timing, pauseMs: [60_000, 60_000] },
    prepare: (server) => {
      for (const name of ['broken', 'a', 'b']) server.put(kinds.HTTPRoute, route(name));
    },
  });
  const { server, writer } = setup;
  server.fault = ({ method, path }) =>
    method === 'PATCH' && path.includes('/broken/')
      ? { status: 500, text: 'failed calling webhook' }
      : undefined;
  writer.update([desired('broken', 'one')]);
  await eventually(() => assert.ok(patches(server).length >= 4));
  writer.update([desired('a', 'one')]);
  await eventually(() => assert.equal(said(server, 'a'), 'us:one'));
  server.fault = () => undefined;
  await eventually(() => assert.equal(said(server, 'broken'), 'us:one'));
});

test('a status that is refused is tried again, less and less often, and at once when it changes', async (t) => {
  const setup = await setUp(t, {
    timing: { ...timing, retryMs: [30, 10_000] },
    prepare: (server) => server.put(kinds.HTTPRoute, route('a')),
  });
  const { server, writer, events } = setup;
  server.fault = ({ method }) => method === 'PATCH' ? { status: 422, text: 'too long' } : undefined;
  const began = performance.now();
  writer.update([desired('a', 'one')]);
  await eventually(() => assert.ok(events.length >= 5));
  // Four pauses of at least half of 30, 60, 120 and 240 ms.
  assert.ok(performance.now() - began >= 220);
  const [first] = events;
  assert.match(first?.event === 'failed' ? String(first.error) : '', /too long/);
  server.fault = () => undefined;
  writer.update([desired('a', 'two')]);
  await eventually(() => assert.equal(said(server, 'a'), 'us:two'));
});

test('one who may not write any more does not, though nobody said so yet', async (t) => {
  let may = false;
  const setup = await setUp(t, {
    mayWrite: () => may,
    prepare: (server) => server.put(kinds.HTTPRoute, route('a')),
  });
  const { server, writer } = setup;
  writer.update([desired('a', 'one')]);
  await sleep(60);
  assert.deepEqual(patches(server), []);
  may = true;
  await eventually(() => assert.equal(said(server, 'a'), 'us:one'));
});

test('a single change does not wait for a backlog', async (t) => {
  const names = Array.from({ length: 300 }, (_, index) => `r${String(index).padStart(3, '0')}`);
  const setup = await setUp(t, {
    prepare: (server) => {
      for (const name of names) server.put(kinds.HTTPRoute, route(name));
    },
  });
  const { server, writer } = setup;
  server.delayMs = 2;
  writer.update(names.map((name) => desired(name, 'one')));
  writer.update([desired('r299', 'two')]);
  await eventually(() => assert.ok(names.every((name) => said(server, name) !== '')));
  await settled(setup);
  assert.equal(patches(server).length, names.length);
  assert.ok(patches(server).findIndex(({ path }) => path.endsWith('/r299/status')) < 100);
  assert.equal(said(server, 'r299'), 'us:two');
});

test('an object that is made again while a write to the one before is refused gets its status', async (t) => {
  const setup = await setUp(t, { prepare: (server) => server.put(kinds.HTTPRoute, route('a')) });
  const { server, writer, events } = setup;
  let first = true;
  server.fault = ({ method }) => {
    if (method !== 'PATCH' || !first) return undefined;
    first = false;
    server.delete(kinds.HTTPRoute, { namespace: 'default', name: 'a' });
    server.put(kinds.HTTPRoute, route('a'));
    return { status: 404 };
  };
  // The watch is faster.
  server.delayMs = 50;
  writer.update([desired('a', 'one')]);
  await eventually(() => assert.equal(said(server, 'a'), 'us:one'));
  assert.deepEqual(events[0]?.event, 'absent');
});

test('what is refused since another version of its kind is served by now is written in that one', async (t) => {
  let version = 'v1beta1';
  const setup = await setUp(t, {
    versionOf: () => version,
    timing: { ...timing, retryMs: [200, 400] },
    prepare: (server) => {
      server.serve({ ...kinds.HTTPRoute, versions: ['v1'] });
      server.put(kinds.HTTPRoute, route('a'));
    },
  });
  const { server, writer, events } = setup;
  writer.update([desired('a', 'one')]);
  await eventually(() => assert.equal(events.at(-1)?.event, 'absent'));
  assert.equal(writer.pending, 0);
  version = 'v1';
  await eventually(() => assert.equal(said(server, 'a'), 'us:one'));
});
