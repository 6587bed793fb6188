import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decode } from './decode.ts';
import { formatPath } from './problem.ts';

function route(sessionPersistence: unknown): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'a' },
    spec: { rules: [{ sessionPersistence }] },
  };
}

/** What the session means, or where the object is wrong. */
function sessionOf(session: unknown, options?: { readonly stored: boolean }): unknown {
  const { object, problems } = decode(route(session), options);
  if (object?.kind !== 'HTTPRoute') return problems.map(({ path }) => formatPath(path));
  assert.deepEqual(options?.stored === true ? problems : [], []);
  return object.spec.rules?.[0]?.sessionPersistence;
}

const SESSION = { lifetimeType: 'Session', path: '/' };
const stored = { stored: true };

test('decode() reads sessions as v1.6 writes them', () => {
  const permanent = { absoluteTimeout: '1h', cookieConfig: { lifetimeType: 'Permanent' }, sessionName: 'a' };
  assert.deepEqual(sessionOf(permanent, stored), {
    type: 'Cookie',
    absoluteTimeout: '1h',
    cookie: { ...SESSION, lifetimeType: 'Permanent', name: 'a' },
  });
  assert.deepEqual(sessionOf({ type: 'Header', sessionName: 'x-a' }, stored), {
    type: 'Header',
    header: { name: 'x-a' },
  });
  assert.deepEqual(sessionOf({ sessionName: 'a' }), { type: 'Cookie', cookie: { ...SESSION, name: 'a' } });
});

test('decode() gives sessions that v1.6 lets be without a name one, if an API server has them', () => {
  assert.deepEqual(sessionOf({}, stored), { type: 'Cookie', cookie: SESSION });
  assert.deepEqual(sessionOf({ type: 'Header' }, stored), {
    type: 'Header',
    header: { name: 'dragoman-session' },
  });
  assert.deepEqual(sessionOf({}), ['spec.rules[0].sessionPersistence.cookie']);
  assert.deepEqual(sessionOf({ type: 'Header' }), ['spec.rules[0].sessionPersistence.header']);
});

test('decode() holds sessions of v1.6 to the same rules', () => {
  assert.deepEqual(sessionOf({ cookieConfig: { lifetimeType: 'Permanent' } }, stored), [
    'spec.rules[0].sessionPersistence.absoluteTimeout',
  ]);
});

test('decode() leaves sessions of v1.7 as they are, also beside fields of v1.6', () => {
  const session = { type: 'Cookie', cookie: { name: 'b' }, sessionName: 'a' };
  const { object, problems } = decode(route(session));
  assert.deepEqual(object?.kind === 'HTTPRoute' && object.spec.rules?.[0]?.sessionPersistence, {
    type: 'Cookie',
    cookie: { ...SESSION, name: 'b' },
  });
  assert.deepEqual(problems.map(({ path }) => formatPath(path)), [
    'spec.rules[0].sessionPersistence.sessionName',
  ]);
});

test('decode() warns of fields of v1.6 in files', () => {
  const { problems } = decode(route({ sessionName: 'a', cookieConfig: {} }));
  assert.deepEqual(problems.map(({ severity, path, expected }) => [severity, formatPath(path), expected]), [
    ['warning', 'spec.rules[0].sessionPersistence.sessionName', 'cookie.name'],
    ['warning', 'spec.rules[0].sessionPersistence.cookieConfig', 'cookie'],
  ]);
});

test('decode() reads the port of an XBackend and the session of a policy as v1.6 writes them', () => {
  const group = { apiVersion: 'gateway.networking.x-k8s.io/v1alpha1', metadata: { name: 'a' } };
  const hostname = { type: 'ExternalHostname', externalHostname: { hostname: 'a.example' } };
  const backend = decode(
    { ...group, kind: 'XBackend', spec: { ...hostname, port: { port: 80, name: 'b' } } },
    stored,
  );
  assert.deepEqual(backend.object?.kind === 'XBackend' && backend.object.spec.port, { number: 80 });
  const spec = {
    targetRefs: [{ group: '', kind: 'Service', name: 'a' }],
    sessionPersistence: { sessionName: 'a' },
  };
  const policy = decode({ ...group, kind: 'XBackendTrafficPolicy', spec }, stored);
  assert.deepEqual(policy.object?.kind === 'XBackendTrafficPolicy' && policy.object.spec.sessionPersistence, {
    type: 'Cookie',
    cookie: { ...SESSION, name: 'a' },
  });
});
