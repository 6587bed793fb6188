import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority, tlsSecret } from './certificates.ts';
import { legacy, listener } from './legacy.ts';
import { service } from './manifests.ts';
import { type Answer, send } from './request.ts';
import { Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

const routed = '{ hostname: "*", requestPolicy: { insecure: { action: Route } } }';

/** What the echo that answered is called, or the status. */
function who({ status, seen }: Pick<Answer, 'status' | 'seen'>): string | number {
  return status === 200 ? seen?.name ?? 'nobody' : status;
}

test('the longest condition of Mappings goes first, and prefixes are of strings', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('http') + legacy('Host', 'all', routed) + service('a') + service('b') +
        service('c') +
        legacy('Mapping', 'root', '{ hostname: "*", prefix: /, service: a }') +
        legacy('Mapping', 'man', '{ hostname: "*", prefix: /man, service: b }') +
        legacy('Mapping', 'beta', '{ hostname: "*", prefix: /man, service: c, headers: { x-beta: "1" } }') +
        legacy('Mapping', 'first', '{ hostname: "*", prefix: /m, precedence: 1, method: POST, service: c }') +
        legacy('Mapping', 'exact', '{ hostname: "*", prefix: /exact, prefix_exact: true, service: b }') +
        legacy('Mapping', 'regex', '{ hostname: "*", prefix: "/r[0-9]+", prefix_regex: true, service: c }') +
        legacy(
          'Mapping',
          'any-case',
          '{ hostname: "*", prefix: /case/, case_sensitive: false, service: b }',
        ) +
        legacy('Mapping', 'kept', '{ hostname: "*", prefix: /kept/, rewrite: "", service: b }') +
        legacy(
          'Mapping',
          'written-anew',
          `{ hostname: "*", prefix: /anew/, service: b,
             regex_rewrite: { pattern: "/anew/([a-z]+)", substitution: '/\\1/old' } }`,
        ),
    },
  });
  const port = dragoman.port('http');
  const get = (path: string, more = {}): Promise<Answer> =>
    send({ port, path, host: 'www.example', ...more });
  assert.equal(who(await get('/')), 'a');
  const kind = await get('/mankind');
  assert.deepEqual([who(kind), kind.seen?.path], ['b', '/kind']);
  assert.equal(who(await get('/man', { headers: { 'x-beta': '1' } })), 'c');
  assert.equal(who(await get('/mankind', { method: 'POST' })), 'c');
  assert.deepEqual([who(await get('/exact')), who(await get('/exact/x'))], ['b', 'a']);
  const regex = await get('/r12?q');
  assert.deepEqual([who(regex), regex.seen?.path], ['c', '/?q']);
  assert.equal(who(await get('/CASE/x')), 'b');
  assert.equal((await get('/kept/x')).seen?.path, '/kept/x');
  assert.equal((await get('/anew/x')).seen?.path, '/x/old');
});

test('members of a group may differ in whether their paths are of any case', async () => {
  const of = (name: string, prefix: string, more: string): string =>
    legacy(
      'Mapping',
      `${name}-${prefix}`,
      `{ hostname: "*", prefix: /${prefix}/, service: ${name}, ${more} }`,
    );
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('http') + legacy('Host', 'all', routed) + service('a') + service('b') +
        legacy('Host', 'redirecting', '{ hostname: redirecting.example }') +
        of('a', 'mixed', 'case_sensitive: true, weight: 50') + of('b', 'mixed', 'case_sensitive: false') +
        // Who says nothing takes what another says.
        of('a', 'unsaid', 'weight: 100') + of('b', 'unsaid', 'case_sensitive: false, weight: 0'),
    },
  });
  const get = (path: string, host = 'www.example'): Promise<Answer> =>
    send({ port: dragoman.port('http'), path, host });
  for (let i = 0; i < 10; i++) assert.equal(who(await get('/MIXED/')), 'b');
  assert.equal(who(await get('/UNSAID/')), 'a');
  assert.equal((await get('/MIXED/', 'redirecting.example')).status, 301);
});

test('weights are shares, and what they leave goes on to the next route', async () => {
  const of = (name: string, more: string): string =>
    legacy('Mapping', name, `{ hostname: "*", service: ${name}, ${more} }`);
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('http') + legacy('Host', 'all', routed) + ['a', 'b', 'c'].map((name) =>
        service(name)
      ).join('') +
        of('a', 'prefix: /two/, weight: 20') + of('b', 'prefix: /two/, weight: 30') + of('c', 'prefix: /'),
    },
  });
  const counts = new Map<string | number, number>();
  for (let i = 0; i < 600; i++) {
    const name = who(await send({ port: dragoman.port('http'), path: '/two/', host: 'www.example' }));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const near = (name: string, share: number): void => {
    const count = counts.get(name) ?? 0;
    assert.ok(Math.abs(count - share * 600) < 70, `${name} got ${count}`);
  };
  near('a', 0.2);
  near('b', 0.3);
  near('c', 0.5);
});

/** Action of the Host, then what becomes of requests in cleartext and of those that claim to be secure, by the model. */
const security = {
  SECURE: { Redirect: ['a', 'a'], Route: ['a', 'a'], Reject: ['a', 'a'] },
  INSECURE: { Redirect: [301, 301], Route: ['a', 'a'], Reject: [404, 404] },
  XFP: { Redirect: [301, 'a'], Route: ['a', 'a'], Reject: [404, 'a'] },
} as const;

test('the security model and the action of the Host decide what becomes of insecure requests', async () => {
  const models = Object.keys(security) as (keyof typeof security)[];
  const actions = ['Redirect', 'Route', 'Reject'] as const;
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': models.map((model) => listener(model.toLowerCase(), { securityModel: model })).join('') +
        actions.map((action) =>
          legacy(
            'Host',
            action.toLowerCase(),
            `{ hostname: ${action.toLowerCase()}.example, requestPolicy: { insecure: { action: ${action} } } }`,
          )
        ).join('') + service('a') + service('acme') +
        legacy('Mapping', 'a', '{ hostname: "*", prefix: /a/, service: a }') +
        legacy('Mapping', 'acme', '{ hostname: "*", prefix: /.well-known/acme-challenge/, service: acme }'),
    },
  });
  for (const model of models) {
    const port = dragoman.port(model.toLowerCase());
    for (const action of actions) {
      const host = `${action.toLowerCase()}.example`;
      const [insecure, secure] = security[model][action];
      const said = `${model} ${action}`;
      const answer = await send({ port, path: '/a/', host });
      assert.equal(who(answer), insecure, said);
      if (insecure === 301) assert.equal(answer.headers.location, `https://${host}/a/`);
      const headers = { 'x-forwarded-proto': 'https' };
      assert.equal(who(await send({ port, path: '/a/', host, headers })), secure, said);
      assert.equal(who(await send({ port, path: '/none', host })), 404, `${said} without a Mapping`);
      assert.equal(who(await send({ port, path: '/.well-known/acme-challenge/x', host })), 'acme', said);
    }
  }
});

test('a Host terminates TLS, and its port serves cleartext too', async () => {
  const authority = await Authority.create('test');
  const pair = await authority.issue({ commonName: 'www.example.com', names: ['www.example.com'] });
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('https', { protocol: 'HTTPS' }) + tlsSecret('web', pair) + service('a') +
        service('b') +
        legacy('Host', 'web', '{ hostname: www.example.com, tlsSecret: { name: web } }') +
        legacy('Host', 'ported', '{ hostname: "port.example.com:8443", tlsSecret: { name: web } }') +
        legacy('Host', 'bare', '{ hostname: bare.example.com, tlsSecret: { name: none } }') +
        legacy('Mapping', 'a', '{ hostname: www.example.com, prefix: /, service: a }') +
        legacy('Mapping', 'ported', '{ hostname: "port.example.com:8443", prefix: /, service: b }') +
        legacy('Mapping', 'b', '{ hostname: bare.example.com, prefix: /, service: b }'),
    },
  });
  const port = dragoman.port('https');
  const answer = await sendTls({ port, serverName: 'www.example.com' });
  assert.deepEqual([answer.status, answer.seen?.name, answer.certificate], [200, 'a', 'www.example.com']);
  const ported = await sendTls({ port, serverName: 'port.example.com', host: 'port.example.com:8443' });
  assert.deepEqual([ported.status, ported.seen?.name], [200, 'b']);
  await assert.rejects(sendTls({ port, serverName: 'bare.example.com' }));
  assert.equal((await send({ port, host: 'www.example.com' })).headers.location, 'https://www.example.com/');
});

test('what is broken breaks itself alone, and nothing goes out with less protection than was asked for', async () => {
  const broken: Readonly<Record<string, string>> = {
    '/tls/': 'service: a, tls: missing',
    '/scheme/': 'service: "ftp://a"',
    '/junk/': 'service: "http://a/junk"',
  };
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('http') + legacy('Host', 'all', routed) + service('a') +
        legacy('Mapping', 'fine', '{ hostname: "*", prefix: /, service: a }') +
        legacy('Mapping', 'useless', '{ hostname: "*", prefix: /useless/, service: a, resolver: nothing }') +
        Object.entries(broken).map(([prefix, more]) =>
          legacy('Mapping', prefix.replaceAll('/', ''), `{ hostname: "*", prefix: ${prefix}, ${more} }`)
        ).join(''),
    },
  });
  const get = async (path: string): Promise<string | number> =>
    who(await send({ port: dragoman.port('http'), path, host: 'www.example' }));
  assert.deepEqual([await get('/'), await get('/tls/'), await get('/scheme/')], ['a', 500, 500]);
  assert.deepEqual([await get('/useless/'), await get('/junk/')], ['a', 'a']);
  assert.partialDeepStrictEqual(
    dragoman.running.dataflow.diagnostics.get('Mapping/default/junk')?.diagnostics.map(({ message }) =>
      message
    ),
    ['/junk behind the host of service has no effect.'],
  );
  const { statuses } = dragoman.running.dataflow;
  assert.partialDeepStrictEqual(statuses.get('Mapping/default/useless')?.status, {
    state: 'Inactive',
    reason: 'unable to find resolver nothing.',
  });
  assert.partialDeepStrictEqual(statuses.get('Mapping/default/fine')?.status, { state: 'Running' });
});
