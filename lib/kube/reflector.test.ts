import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { kinds } from '../api/mod.ts';
import { KubeApi } from './client.ts';
import { Reflector, type ReflectorOptions, type Sink } from './reflector.ts';
import type { RawObject, ResourceType } from './resource.ts';
import { FakeApiServer } from './testing/api-server.ts';
import { eventually } from '../testing/eventually.ts';
import { fastTiming } from './testing/fast-timing.ts';

/** Remembers what it was given, and all that is there. */
class Recorder implements Sink {
  readonly log: string[] = [];
  readonly objects = new Map<string, RawObject>();
  #listed = new Map<string, RawObject>();

  begin(): void {
    this.log.push('begin');
    this.#listed = new Map();
  }
  listed(object: RawObject): void {
    this.#listed.set(object.metadata.name, object);
  }
  complete(): void {
    this.log.push(`complete ${[...this.#listed.keys()].join(' ')}`);
    this.objects.clear();
    for (const [name, object] of this.#listed) this.objects.set(name, object);
  }
  changed(object: RawObject): void {
    this.log.push(`changed ${object.metadata.name}`);
    this.objects.set(object.metadata.name, object);
  }
  deleted({ metadata: { name } }: RawObject): void {
    this.log.push(`deleted ${name}`);
    this.objects.delete(name);
    this.#listed.delete(name);
  }
  absent(): void {
    this.log.push('absent');
    this.objects.clear();
  }
  get names(): string {
    return [...this.objects.keys()].sort().join(' ');
  }
}

interface Setup {
  readonly server: FakeApiServer;
  readonly sink: Recorder;
  readonly reflector: Reflector;
}

async function setUp(
  t: TestContext,
  { type = kinds.HTTPRoute, served = [type], ...options }: Partial<ReflectorOptions> & {
    readonly served?: readonly ResourceType[];
    readonly prepare?: (server: FakeApiServer) => void;
  } = {},
): Promise<Setup> {
  const server = await FakeApiServer.start(served);
  options.prepare?.(server);
  const api = new KubeApi({ connection: server.connection, userAgent: 'test' });
  const sink = new Recorder();
  const reflector = new Reflector({
    api,
    type,
    sink,
    ...options,
    timing: { ...fastTiming, ...options.timing },
  });
  reflector.start();
  t.after(async () => {
    await reflector.stop();
    api.close();
    await server.stop();
  });
  return { server, sink, reflector };
}

function route(name: string, hostname = 'a.example'): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { namespace: 'default', name },
    spec: { hostnames: [hostname] },
  };
}

function put(server: FakeApiServer, ...names: readonly string[]): void {
  for (const name of names) server.put(kinds.HTTPRoute, route(name));
}

function putMapping(server: FakeApiServer, name: string): void {
  server.put(kinds.Mapping, {
    apiVersion: 'getambassador.io/v2',
    kind: 'Mapping',
    metadata: { namespace: 'default', name },
    spec: { prefix: '/', service: 'a' },
  });
}

function watches(server: FakeApiServer): number {
  return server.requests.filter(({ isWatch }) => isWatch).length;
}

async function live({ reflector }: Setup): Promise<void> {
  await eventually(() => assert.equal(reflector.status.state, 'live'));
}

test('a reflector streams the list, then follows', async (t) => {
  const setup = await setUp(t, { prepare: (server) => put(server, 'a', 'b') });
  const { server, sink } = setup;
  await live(setup);
  assert.deepEqual(sink.log, ['begin', 'complete a b']);
  server.put(kinds.HTTPRoute, route('b', 'b.example'));
  put(server, 'c');
  server.delete(kinds.HTTPRoute, { namespace: 'default', name: 'a' });
  await eventually(() => assert.deepEqual(sink.log.slice(2), ['changed b', 'changed c', 'deleted a']));
  assert.equal(server.requests.length, 1);
});

test('a reflector takes a version that needs no conversion while the webhook is away', async (t) => {
  const message = 'conversion webhook for getambassador.io/v2, Kind=Mapping failed: no endpoints';
  const setup = await setUp(t, {
    served: [kinds.Mapping],
    type: kinds.Mapping,
    prepare: (server) => {
      putMapping(server, 'a');
      server.fault = ({ path }) =>
        path.includes('/v3alpha1/')
          ? { status: 500, text: JSON.stringify({ kind: 'Status', code: 500, message }) }
          : undefined;
    },
  });
  await live(setup);
  assert.equal(setup.reflector.status.version, 'v2');
  assert.deepEqual(setup.sink.log, ['begin', 'complete a']);
});

test('a reflector takes another version when a webhook goes away, though watches do not say so', async (t) => {
  const setup = await setUp(t, {
    served: [kinds.Mapping],
    type: kinds.Mapping,
    prepare: (server) => putMapping(server, 'a'),
  });
  const { server, sink, reflector } = setup;
  await live(setup);
  const message =
    'object not decodable: conversion webhook for getambassador.io/v2, Kind=Mapping failed: no endpoints';
  server.fault = ({ path, isWatch }) =>
    !path.includes('/v3alpha1/') ? undefined : isWatch
      ? {
        status: 429,
        text: JSON.stringify({ kind: 'Status', code: 429, message: 'storage is (re)initializing' }),
      }
      : { status: 500, text: JSON.stringify({ kind: 'Status', code: 500, message }) };
  server.endWatches();
  await eventually(() => assert.equal(reflector.status.version, 'v2'));
  putMapping(server, 'b');
  await eventually(() => assert.deepEqual([...sink.objects.keys()], ['a', 'b']));
  assert.equal(reflector.status.state, 'live');
});

test('a reflector lists by pages where lists are not streamed, and says of each object what it is', async (t) => {
  const names = Array.from({ length: 1_001 }, (_, index) => `r${String(index).padStart(4, '0')}`);
  const setup = await setUp(t, {
    prepare: (server) => {
      server.streamsLists = false;
      put(server, ...names);
    },
  });
  const { server, sink } = setup;
  await live(setup);
  assert.equal(sink.names, names.join(' '));
  await eventually(() => {
    const asked = server.requests.map(({ isWatch, query }) => isWatch ? 'watch' : `list ${query['limit']}`);
    assert.deepEqual(asked, ['watch', 'list 500', 'list 500', 'list 500', 'watch']);
  });
  const { kind, apiVersion } = sink.objects.get('r0000') ?? {};
  assert.deepEqual([kind, apiVersion], ['HTTPRoute', 'gateway.networking.k8s.io/v1']);
  put(server, 'later');
  await eventually(() => assert.ok(sink.objects.has('later')));
});

test('a reflector resumes where it was, without a list, and misses nothing', async (t) => {
  const setup = await setUp(t, { prepare: (server) => put(server, 'a') });
  const { server, sink } = setup;
  await live(setup);
  server.fault = () => 'drop';
  server.dropConnections();
  await eventually(() => assert.equal(setup.reflector.status.state, 'lost'));
  assert.equal(setup.reflector.status.problem?.reason, 'Unreachable');
  put(server, 'b');
  server.delete(kinds.HTTPRoute, { namespace: 'default', name: 'a' });
  server.fault = () => undefined;
  await eventually(() => assert.equal(sink.names, 'b'));
  await live(setup);
  assert.deepEqual(sink.log, ['begin', 'complete a', 'changed b', 'deleted a']);
  assert.equal(setup.reflector.status.problem, undefined);
});

test('a bookmark is a place to resume from', async (t) => {
  const setup = await setUp(t);
  const { server, sink } = setup;
  await live(setup);
  server.put(kinds.Service, { metadata: { namespace: 'default', name: 'other' } });
  server.bookmark();
  await eventually(async () => {
    server.endWatches();
    await sleep(20);
    assert.equal(server.requests.at(-1)?.query['resourceVersion'], String(server.store.resourceVersion));
  });
  assert.deepEqual(sink.log, ['begin', 'complete ']);
});

test('a reflector lists again if its place is forgotten, and what vanished meanwhile is gone', async (t) => {
  const setup = await setUp(t, { prepare: (server) => put(server, 'a', 'b') });
  const { server, sink } = setup;
  await live(setup);
  server.fault = () => 'drop';
  server.dropConnections();
  put(server, 'c');
  server.delete(kinds.HTTPRoute, { namespace: 'default', name: 'a' });
  server.store.compact();
  server.fault = () => undefined;
  await eventually(() => assert.equal(sink.names, 'b c'));
  assert.deepEqual(sink.log, ['begin', 'complete a b', 'begin', 'complete b c']);
});

test('a list of pages that is forgotten on the way begins anew', async (t) => {
  let expired = false;
  const setup = await setUp(t, {
    prepare: (server) => {
      server.streamsLists = false;
      put(server, ...Array.from({ length: 600 }, (_, index) => `r${index}`));
      server.fault = ({ query }) => {
        if (query['continue'] === undefined || expired) return undefined;
        expired = true;
        return { status: 410 };
      };
    },
  });
  await live(setup);
  assert.deepEqual(setup.sink.log.map((line) => line.split(' ')[0]), ['begin', 'begin', 'complete']);
  assert.equal(setup.sink.objects.size, 600);
});

test('a streamed list that breaks off is not taken for a list', async (t) => {
  const setup = await setUp(t, { prepare: (server) => put(server, 'a') });
  const { server, sink } = setup;
  await live(setup);
  server.fault = () => 'drop';
  server.dropConnections();
  server.store.compact();
  await eventually(() => assert.equal(setup.reflector.status.state, 'lost'));
  assert.equal(sink.names, 'a');
});

test('a failing API server is never an empty one', async (t) => {
  for (const status of [401, 429, 500, 503, 504]) {
    const setup = await setUp(t, {
      optional: true,
      prepare: (server) => {
        put(server, 'a');
        server.fault = () => ({ status });
      },
    });
    const { server, sink, reflector } = setup;
    await eventually(() => assert.ok(server.requests.length > 5));
    assert.deepEqual([reflector.status.state, reflector.status.problem?.status], ['pending', status]);
    assert.equal(sink.log.some((line) => line === 'absent' || line.startsWith('complete')), false);
    server.fault = () => undefined;
    await eventually(() => assert.equal(sink.names, 'a'));
  }
});

test('a failing API server is asked less and less often, and left alone for as long as it says', async (t) => {
  const timing = { retryMs: 20, maxRetryMs: 10_000 };
  const began = performance.now();
  const { server } = await setUp(t, { timing, prepare: (server) => server.fault = () => ({ status: 500 }) });
  await eventually(() => assert.ok(server.requests.length >= 6));
  // Five pauses of at least half of 20, 40, 80, 160 and 320 ms.
  assert.ok(performance.now() - began >= 300);
  const headers = { 'retry-after': '30' };
  const told = await setUp(t, { prepare: (server) => server.fault = () => ({ status: 429, headers }) });
  await eventually(() => assert.ok(told.server.requests.length > 0));
  await sleep(100);
  assert.equal(told.server.requests.length, 1);
});

test('a kind without definition is absent, until told that it is there', async (t) => {
  const { server, sink, reflector } = await setUp(t, { served: [] });
  await eventually(() => assert.equal(reflector.status.state, 'absent'));
  assert.equal(reflector.status.problem, undefined);
  assert.deepEqual(sink.log.at(-1), 'absent');
  const asked = server.requests.length;
  await sleep(100);
  assert.equal(server.requests.length, asked);
  server.serve(kinds.HTTPRoute);
  put(server, 'a');
  reflector.wake();
  await eventually(() => assert.equal(sink.names, 'a'));
  assert.equal(reflector.status.state, 'live');
});

test('a kind that is not found though its definition is there is waited for', async (t) => {
  const setup = await setUp(t, {
    prepare: (server) => {
      put(server, 'a');
      server.fault = ({ path }) =>
        path.includes('httproutes') && !path.includes('definitions') ? { status: 404 } : undefined;
    },
  });
  const { server, sink, reflector } = setup;
  await eventually(() => assert.ok(server.requests.length > 12));
  assert.deepEqual([reflector.status.state, sink.log.includes('absent')], ['pending', false]);
  server.fault = () => undefined;
  await eventually(() => assert.equal(sink.names, 'a'));
});

test('a kind whose definition goes takes its objects along, and comes back', async (t) => {
  const setup = await setUp(t, { prepare: (server) => put(server, 'a') });
  const { server, sink, reflector } = setup;
  await live(setup);
  server.unserve(kinds.HTTPRoute);
  await eventually(() => assert.equal(reflector.status.state, 'absent'));
  assert.equal(sink.names, '');
  server.serve(kinds.HTTPRoute);
  put(server, 'b');
  reflector.wake();
  await eventually(() => assert.equal(sink.names, 'b'));
});

test('the preferred version that is served is used, also once a better one is', async (t) => {
  const old = { ...kinds.HTTPRoute, versions: ['v1beta1'] };
  const setup = await setUp(t, { served: [old], prepare: (server) => put(server, 'a') });
  const { server, sink, reflector } = setup;
  await live(setup);
  assert.equal(reflector.status.version, 'v1beta1');
  assert.equal(sink.objects.get('a')?.apiVersion, 'gateway.networking.k8s.io/v1beta1');
  server.serve(kinds.HTTPRoute);
  reflector.wake();
  await eventually(() => assert.equal(reflector.status.version, 'v1'));
  put(server, 'b');
  await eventually(() => assert.equal(sink.objects.get('b')?.apiVersion, 'gateway.networking.k8s.io/v1'));
  assert.equal(sink.log.filter((line) => line === 'begin').length, 1);
});

test('an optional kind that may not be read is absent with a problem; a required one is waited for', async (t) => {
  for (const optional of [true, false]) {
    const setup = await setUp(t, {
      optional,
      prepare: (server) => {
        put(server, 'a');
        server.fault = () => ({ status: 403, text: 'httproutes is forbidden' });
      },
    });
    const { server, sink, reflector } = setup;
    if (optional) await eventually(() => assert.equal(reflector.status.state, 'absent'));
    else await eventually(() => assert.ok(server.requests.length > 5));
    const { state, problem } = reflector.status;
    assert.equal(state, optional ? 'absent' : 'pending');
    assert.match(problem?.message ?? '', /GET .*httproutes: 403 Forbidden: httproutes is forbidden/);
    assert.equal(sink.log.includes('absent'), optional);
    server.fault = () => undefined;
    await eventually(() => assert.equal(sink.names, 'a'));
  }
});

test('a right that is lost leaves what is known', async (t) => {
  const setup = await setUp(t, { optional: true, prepare: (server) => put(server, 'a') });
  const { server, sink, reflector } = setup;
  await live(setup);
  server.fault = () => ({ status: 403 });
  server.endWatches();
  await eventually(() => assert.equal(reflector.status.state, 'lost'));
  await sleep(60);
  assert.deepEqual([reflector.status.state, sink.names], ['lost', 'a']);
});

test('an API server that starts and forbids everything for a moment is waited for', async (t) => {
  let refusals = 0;
  const setup = await setUp(t, {
    optional: true,
    timing: { forbiddenProofMs: 60_000 },
    prepare: (server) => {
      put(server, 'a');
      server.fault = () => ++refusals <= 3 ? { status: 403 } : undefined;
    },
  });
  await live(setup);
  assert.equal(setup.sink.log.includes('absent'), false);
});

test('a watch that has fallen silent is replaced', async (t) => {
  const setup = await setUp(t, { timing: { idleMs: 50 } });
  await live(setup);
  const log = [...setup.sink.log];
  const before = watches(setup.server);
  await eventually(() => assert.ok(watches(setup.server) > before + 3));
  assert.deepEqual(setup.sink.log, log);
});

test('watches that the server ends at once are not opened in a tight loop', async (t) => {
  const setup = await setUp(t, { timing: { retryMs: 50, maxRetryMs: 10_000 } });
  await live(setup);
  const ending = setInterval(() => setup.server.endWatches(), 5);
  t.after(() => clearInterval(ending));
  const began = performance.now();
  await sleep(300);
  clearInterval(ending);
  const most = 2 + (performance.now() - began) / 25;
  assert.ok(watches(setup.server) <= most, `${watches(setup.server)} watches, at most ${most}`);
});

test('what a watch cannot get past, a list does', async (t) => {
  for (const poison of ['ends', 'fails'] as const) {
    const setup = await setUp(t, { prepare: (server) => put(server, 'a') });
    const { server, sink } = setup;
    await live(setup);
    const stuck = String(server.store.resourceVersion);
    const status = { kind: 'Status', code: 500, message: 'unable to encode' };
    const event = poison === 'ends' ? '' : JSON.stringify({ type: 'ERROR', object: status });
    server.fault = ({ isWatch, query }) =>
      isWatch && query['resourceVersion'] === stuck ? { status: 200, text: event } : undefined;
    server.endWatches();
    put(server, 'b');
    await eventually(() => assert.equal(sink.names, 'a b', poison));
    await live(setup);
  }
});

test('a kind is not proven to be forbidden while the API server fails', async (t) => {
  let asked = 0;
  const setup = await setUp(t, {
    optional: true,
    timing: { forbiddenProofMs: 60 },
    prepare: (server) => {
      put(server, 'a');
      server.fault = () => {
        asked++;
        return { status: asked === 1 || asked === 8 ? 403 : 503 };
      };
    },
  });
  const { server, sink } = setup;
  await eventually(() => assert.ok(asked >= 8));
  server.fault = () => undefined;
  await live(setup);
  assert.equal(sink.log.includes('absent'), false);
});

test('a server that never tells the end of a list that it streams is asked for pages', async (t) => {
  const setup = await setUp(t, {
    timing: { idleMs: 50 },
    prepare: (server) => {
      server.endsLists = false;
      put(server, 'a');
    },
  });
  await live(setup);
  assert.equal(setup.sink.names, 'a');
});

test('a reflector that is stopped has no problem with that', async (t) => {
  const problems: (string | undefined)[] = [];
  const { server, reflector } = await setUp(t, {
    served: [],
    onStatus: ({ problem }) => problems.push(problem?.message),
    prepare: (server) => server.fault = ({ path }) => path.includes('definitions') ? 'hang' : undefined,
  });
  await eventually(() => assert.ok(server.requests.some(({ path }) => path.includes('definitions'))));
  await reflector.stop();
  assert.deepEqual(problems, []);
});
