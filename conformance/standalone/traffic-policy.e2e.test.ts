import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { serveHttp } from './serve-http.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { conditionOf, Standalone } from './standalone.ts';

interface Failing extends AsyncDisposable {
  readonly port: number;
  /** How often it was asked. */
  asked: number;
}

/** Answers everything with 502, in its time, so that retries are under way together. */
async function startFailing(): Promise<Failing> {
  const server = createServer((_, response) => {
    failing.asked++;
    void sleep(50).then(() => response.writeHead(502).end());
  });
  const failing: Failing = {
    ...await serveHttp(server),
    asked: 0,
  };
  return failing;
}

function policy(name: string, target: string, rest: string): string {
  return `
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackendTrafficPolicy
metadata: { name: ${name} }
spec:
  targetRefs: [{ group: "", kind: Service, name: ${target} }]
  ${rest}
`;
}

const BUDGET =
  `retryConstraint: { budget: { percent: 0, interval: 10s }, minRetryRate: { count: 2, interval: 1s } }`;

function acceptedOf(dragoman: Standalone, name: string): string | undefined {
  const { ancestors } = dragoman.status(`XBackendTrafficPolicy/default/${name}`) as { ancestors: unknown[] };
  return conditionOf(ancestors[0], 'Accepted')?.reason;
}

test('a retry budget bounds the retries of all requests to a backend', async () => {
  await using failing = await startFailing();
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'service.yaml': service('failing').replace('{echo:failing}', String(failing.port)),
      'route.yaml': httpRoute('web', {
        rules:
          '[{ retry: { codes: [502], attempts: 1, backoff: 10ms }, backendRefs: [{ name: failing, port: 80 }] }]',
      }),
    },
  });
  const REQUESTS = 40;
  const retries = async (): Promise<number> => {
    failing.asked = 0;
    const answers = await Promise.all(
      Array.from({ length: REQUESTS }, () => send({ port: dragoman.port('http') })),
    );
    for (const { status } of answers) assert.ok(status === 502 || status === 503, String(status));
    return failing.asked - REQUESTS;
  };
  assert.equal(await retries(), REQUESTS, 'each is tried again without a budget');
  await dragoman.write('policy.yaml', policy('budget', 'failing', BUDGET));
  await eventually(async () => {
    const some = await retries();
    assert.ok(some > 0 && some < REQUESTS / 2, `${some} retries`);
  });
  assert.equal(acceptedOf(dragoman, 'budget'), 'Accepted');

  // Of two policies for a backend the first has effect.
  await dragoman.write(
    'policy.yaml',
    policy('budget', 'failing', BUDGET) + policy('later', 'failing', BUDGET),
  );
  await eventually(async () => {
    await Promise.resolve();
    assert.equal(acceptedOf(dragoman, 'later'), 'Conflicted');
  });
  dragoman.remove('policy.yaml');
  await eventually(async () => assert.equal(await retries(), REQUESTS));
});

test('sessions stay at the endpoint of a backend whose policy says so', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'service.yaml': service('a').replace('{echo:a}"', '{echo:a},127.0.0.1:{echo:b}"'),
      'route.yaml': httpRoute('web', { rules: '[{ backendRefs: [{ name: a, port: 80 }] }]' }),
      'policy.yaml': policy('sessions', 'a', 'sessionPersistence: { type: Cookie, cookie: { name: kept } }'),
    },
  });
  const port = dragoman.port('http');
  const first = await send({ port });
  const [cookie = ''] = first.headers['set-cookie'] ?? [];
  assert.match(cookie, /^kept=/);
  const [pair = ''] = cookie.split(';');
  const seen = new Set<string | undefined>();
  for (let i = 0; i < 10; i++) seen.add((await send({ port, headers: { cookie: pair } })).seen?.name);
  assert.deepEqual([...seen], [first.seen?.name]);
});

test('each backend of a split keeps its own sessions, and none of another', async () => {
  const pair = (name: string): string =>
    service(name).replace(`{echo:${name}}"`, `{echo:${name}1},127.0.0.1:{echo:${name}2}"`);
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'service.yaml': pair('a') + pair('b') + pair('c'),
      'route.yaml': httpRoute('web', {
        rules: '[{ backendRefs: [{ name: a, port: 80 }, { name: b, port: 80 }, { name: c, port: 80 }] }]',
      }),
      'policy.yaml': policy('a', 'a', 'sessionPersistence: { type: Cookie, cookie: { name: of-a } }') +
        policy('b', 'b', 'sessionPersistence: { type: Header, header: { name: of-b } }'),
    },
  });
  const port = dragoman.port('http');
  const headers: Record<string, string> = {};
  // Until both sessions are there.
  for (let i = 0; i < 200 && Object.keys(headers).length < 2; i++) {
    const answer = await send({ port });
    const [cookie] = (answer.headers['set-cookie'] ?? [''])[0]?.split(';') ?? [];
    const header = answer.headers['of-b']?.toString();
    if (cookie) headers['cookie'] = cookie;
    if (header) headers['of-b'] = header;
    assert.ok(!(cookie && header), 'a request belongs to one backend');
  }
  assert.match(headers['cookie'] ?? '', /^of-a=/);
  const seen = new Set<string>();
  for (let i = 0; i < 60; i++) seen.add((await send({ port, headers })).seen?.name ?? '');
  const of = (name: string): number => [...seen].filter((each) => each.startsWith(name)).length;
  assert.deepEqual({ a: of('a'), b: of('b'), c: of('c') }, { a: 1, b: 1, c: 2 });
});
