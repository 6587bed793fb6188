import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hono } from 'hono';
import { type AppOptions, createApp } from './app.ts';
import type { DiagnosticView } from './schemas.ts';
import type { Listing, StatusSources } from './sources.ts';

function listing<T>(views: Record<string, T>): Listing<T> {
  return {
    keys: Object.keys(views).sort(),
    identify: (key) => ({ namespace: key.split('/').at(-2) ?? '', name: key.split('/').at(-1) ?? '' }),
    view: (key) => views[key],
  };
}

function app(
  changes: Partial<StatusSources> = {},
  options: AppOptions = { loopbackOnly: true },
): Hono {
  return createApp({
    version: '1.2.3',
    readiness: () => ({ ready: true }),
    metrics: () =>
      Promise.resolve({ contentType: 'text/plain; version=0.0.4', text: 'dragoman_objects 1\n' }),
    gateways: () => listing({}),
    routes: () => listing({}),
    legacy: () => listing({}),
    backends: () => listing({}),
    diagnostics: () => listing({}),
    proxies: () => listing({}),
    explain: () => undefined,
    ...changes,
  }, options);
}

function diagnostics(count: number): Listing<DiagnosticView> {
  const views: Record<string, DiagnosticView> = {};
  for (let i = 0; i < count; i++) {
    views[`HTTPRoute/${i % 2 === 0 ? 'even' : 'odd'}/r${String(i).padStart(4, '0')}`] = {
      kind: 'HTTPRoute',
      namespace: i % 2 === 0 ? 'even' : 'odd',
      name: `r${i}`,
      severity: 'error',
      code: 'BackendNotFound',
      field: 'spec.rules[0].backendRefs[0].name',
      message: 'no such Service',
    };
  }
  return listing(views);
}

const local = { headers: { host: 'localhost:8001' } };

test('`/readyz` says 503 and what is missing until a proxy runs the configuration', async () => {
  const answer = await app({ readiness: () => ({ ready: false, reason: 'no proxy connected' }) }).request(
    '/readyz',
    local,
  );
  assert.equal(answer.status, 503);
  assert.equal(await answer.text(), 'no proxy connected\n');
  assert.equal((await app().request('/readyz', local)).status, 200);
});

test('lists page through every item once', async () => {
  const source = diagnostics(450);
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
    const answer = await app({ diagnostics: () => source }).request(
      `/api/v1/diagnostics?limit=100${query}`,
      local,
    );
    const body = await answer.json() as { items: { name: string }[]; total: number; next?: string };
    assert.equal(body.total, 450);
    seen.push(...body.items.map(({ name }) => name));
    after = body.next;
  } while (after !== undefined);
  assert.equal(new Set(seen).size, 450);
});

test('lists filter by namespace', async () => {
  const answer = await app({ diagnostics: () => diagnostics(5) }).request(
    '/api/v1/diagnostics?namespace=odd',
    local,
  );
  assert.equal((await answer.json() as { total: number }).total, 2);
});

test('a wrong query parameter is answered by name', async () => {
  const answer = await app().request('/api/v1/routes?limit=0', local);
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /limit/);
});

test('a loopback API refuses other hosts, and any host is answered otherwise', async () => {
  const rebound = { headers: { host: 'attacker.example:8001' } };
  assert.equal((await app().request('/api/v1/routes', rebound)).status, 421);
  assert.equal((await app({}, { loopbackOnly: false }).request('/api/v1/routes', rebound)).status, 200);
});

test('`/openapi.json` describes every endpoint, with references that resolve', async () => {
  const document = await (await app().request('/openapi.json', local)).json() as {
    paths: Record<string, unknown>;
    components: { schemas: Record<string, unknown> };
  };
  assert.deepEqual(Object.keys(document.paths).sort(), [
    '/api/v1/backends',
    '/api/v1/diagnostics',
    '/api/v1/explain/{collection}',
    '/api/v1/gateways',
    '/api/v1/legacy',
    '/api/v1/proxies',
    '/api/v1/routes',
    '/healthz',
    '/metrics',
    '/readyz',
  ]);
  for (const [, name] of JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)) {
    assert.ok(name !== undefined && name in document.components.schemas, `no schema ${name}`);
  }
});

test('explain answers the reads of a value, and 404 for no value', async () => {
  const explaining = app({
    explain: (collection, key) => collection === 'clusters' && key === 'a' ? ['Service/a'] : undefined,
  });
  const found = await explaining.request('/api/v1/explain/clusters?key=a', local);
  assert.deepEqual(await found.json(), { collection: 'clusters', key: 'a', reads: ['Service/a'] });
  assert.equal((await explaining.request('/api/v1/explain/clusters?key=b', local)).status, 404);
});

test('nothing can be written', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const answer = await app().request('/api/v1/routes', { method, ...local });
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD']);
  }
  assert.equal((await app().request('/api/v1/routes', { method: 'HEAD', ...local })).status, 200);
});

test('clients do not see what failed, and the log does', async () => {
  const errors: string[] = [];
  const failing = app({ metrics: () => Promise.reject(new Error('secret cause')) }, {
    loopbackOnly: true,
    onError: ({ message }) => void errors.push(message),
  });
  const answer = await failing.request('/metrics', local);
  assert.deepEqual([answer.status, await answer.json()], [500, { error: 'internal error' }]);
  assert.deepEqual(errors, ['secret cause']);
});
