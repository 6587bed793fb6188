import assert from 'node:assert/strict';
import { Agent, createServer, request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { startAuthServer } from './auth-server.ts';
import { Authority, tlsSecret } from './certificates.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { serveHttp } from './serve-http.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { conditionOf, Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

interface Guard extends AsyncDisposable {
  readonly port: number;
  /** Paths that it was asked about. */
  readonly asked: string[];
}

/** Lets all in but those with `authorization: deny`, and appends its name to `x-tenant`; it tries to change the host, too. */
async function startGuard(name: string): Promise<Guard> {
  const asked: string[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    asked.push(url);
    if (headers.authorization === 'deny') {
      response.writeHead(401, { 'www-authenticate': name }).end(`${name} says no`);
      return;
    }
    const tenant = [headers['x-tenant'] ?? '', name].filter((part) => part !== '').join('-');
    response.writeHead(200, { 'x-tenant': tenant, host: 'other.example' }).end();
  });
  return {
    ...await serveHttp(server),
    asked,
  };
}

function serviceAt(name: string, port: number): string {
  return service(name).replace(`{echo:${name}}`, String(port));
}

function ask(name: string): string {
  return `{ type: ExternalAuth, externalAuth: { protocol: HTTP, backendRef: { name: ${name}, port: 80 },
    http: { allowedHeaders: [X-Tenant], allowedResponseHeaders: [X-Tenant, Host] } } }`;
}

/** A Gateway whose listener for `*.example` has filters, beside one without. */
function filtered(filters: readonly string[], more = ''): string {
  return gateway(`[
    { name: plain, port: {port:http}, protocol: HTTP, hostname: plain.example },
    { name: filtered, port: {port:http}, protocol: HTTP, hostname: "*.example",
      filters: { requests: [${filters.join(', ')}] } } ${more}]`);
}

/** Routes by what the guards say. */
const ROUTE = httpRoute('web', {
  rules: `[
    { matches: [{ path: { value: /tenants }, headers: [{ name: x-tenant, value: first-second }] }],
      backendRefs: [{ name: ordered, port: 80 }] },
    { matches: [{ path: { value: /tenants }, headers: [{ name: x-tenant, value: second-first }] }],
      backendRefs: [{ name: reversed, port: 80 }] },
    { matches: [{ path: { value: /tenants } }], backendRefs: [{ name: nobody, port: 80 }] }]`,
});

function listenerOf(dragoman: Standalone, name: string): unknown {
  const { listeners } = dragoman.status('Gateway/default/web') as { listeners: { name: string }[] };
  return listeners.find((each) => each.name === name);
}

test('what a listener asks before routing decides about the route, in its order, for each of its requests', async () => {
  await using first = await startGuard('first');
  await using second = await startGuard('second');
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': filtered([ask('first'), ask('second')]),
      'services.yaml': ['ordered', 'reversed', 'nobody'].map((name) => service(name)).join('') +
        serviceAt('first', first.port) + serviceAt('second', second.port),
      'route.yaml': ROUTE,
    },
  });
  const port = dragoman.port('http');
  const get = (path = '/tenants', headers: Record<string, string> = {}, host = 'a.example') =>
    send({ port, path, host, headers });
  const { status, seen } = await get();
  assert.deepEqual([status, seen?.name, seen?.headers.host], [200, 'ordered', 'a.example']);

  // Without a route, too: who is denied does not learn what there is.
  assert.equal((await get('/nothing')).status, 404);
  for (const path of ['/tenants', '/nothing']) {
    const asked = second.asked.length;
    const denied = await get(path, { authorization: 'deny' });
    assert.deepEqual([denied.status, denied.headers['www-authenticate'], denied.body], [
      401,
      'first',
      'first says no',
    ]);
    assert.equal(second.asked.length, asked, 'who comes after a denial is not asked');
  }

  // A more specific listener of the port has requests of its own, and asks nobody.
  const before = first.asked.length;
  assert.equal((await get('/tenants', { authorization: 'deny' }, 'plain.example')).seen?.name, 'nobody');
  assert.equal(first.asked.length, before);
  for (const name of ['plain', 'filtered']) {
    const listener = listenerOf(dragoman, name);
    for (const type of ['Accepted', 'ResolvedRefs', 'Programmed']) {
      assert.equal(conditionOf(listener, type)?.status, 'True', `${name} ${type}`);
    }
  }

  // Edits reach connections that are open, and close none.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const onOneConnection = (): Promise<{ readonly name: string; readonly reused: boolean }> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(
        { port, path: '/tenants', agent, headers: { host: 'a.example' } },
        (answer) => {
          let body = '';
          answer.setEncoding('utf8').on('data', (text: string) => body += text).on('end', () => {
            const { name } = JSON.parse(body) as { name: string };
            resolve({ name, reused: request.reusedSocket });
          });
        },
      );
      request.on('error', reject).end();
    });
  assert.deepEqual(await onOneConnection(), { name: 'ordered', reused: false });
  await dragoman.write('gateway.yaml', filtered([ask('second'), ask('first')]));
  await eventually(async () => assert.equal((await get()).seen?.name, 'reversed'));
  assert.deepEqual(await onOneConnection(), { name: 'reversed', reused: true });
  await dragoman.write('gateway.yaml', filtered([]));
  await eventually(async () => assert.equal((await get()).seen?.name, 'nobody'));
  assert.deepEqual(await onOneConnection(), { name: 'nobody', reused: true });
  agent.destroy();
});

test('without a server that can be asked, all is denied, and the status says which', async () => {
  await using first = await startGuard('first');
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': filtered([ask('first'), ask('missing')]),
      'services.yaml': service('nobody') + serviceAt('first', first.port),
      'route.yaml': ROUTE,
    },
  });
  const port = dragoman.port('http');
  const status = async (host: string): Promise<number> =>
    (await send({ port, path: '/tenants', host })).status;
  assert.deepEqual([await status('a.example'), await status('plain.example')], [500, 200]);
  const resolved = conditionOf(listenerOf(dragoman, 'filtered'), 'ResolvedRefs');
  assert.deepEqual([resolved?.status, resolved?.reason], ['False', 'InvalidListenerFilterRef']);
  assert.match(resolved?.message ?? '', /^filters\.requests\[1\]: Service default\/missing does not exist/);
  assert.equal(conditionOf(listenerOf(dragoman, 'filtered'), 'Accepted')?.status, 'True');

  await dragoman.write('more.yaml', serviceAt('missing', first.port));
  await eventually(async () => assert.equal(await status('a.example'), 200));

  const unknown = '{ type: ExtensionRef, extensionRef: { group: example.com, kind: Wasm, name: x } }';
  await dragoman.write('gateway.yaml', filtered([ask('first'), unknown]));
  await eventually(async () => assert.equal(await status('a.example'), 404));
  const accepted = conditionOf(listenerOf(dragoman, 'filtered'), 'Accepted');
  assert.deepEqual([accepted?.status, accepted?.reason], ['False', 'UnsupportedValue']);
  assert.match(
    accepted?.message ?? '',
    /^filters\.requests\[1\]: ExtensionRef to Wasm of group example\.com/,
  );

  const foreign = ask('first').replace('name: first', 'name: first, namespace: elsewhere');
  await dragoman.write('gateway.yaml', filtered([foreign]));
  await eventually(async () => assert.equal(await status('a.example'), 500));
  assert.equal(conditionOf(listenerOf(dragoman, 'filtered'), 'ResolvedRefs')?.reason, 'RefNotPermitted');
});

test('a gRPC server is asked before routing, for listeners of a ListenerSet and for HTTPS', async () => {
  await using auth = await startAuthServer();
  const authority = await Authority.create('CA');
  const names = ['a.example', 'b.example'];
  const filters = `filters: { requests: [{ type: ExternalAuth, externalAuth: { protocol: GRPC, grpc: {},
    backendRef: { name: auth, port: 80 } } }] }`;
  const tls = 'tls: { certificateRefs: [{ name: server }] }';
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(
        `[{ name: a, port: {port:https}, protocol: HTTPS, hostname: a.example, ${tls}, ${filters} },
          { name: b, port: {port:https}, protocol: HTTPS, hostname: b.example, ${tls} }]`,
      ).replace(
        'spec: { gatewayClassName',
        'spec: { allowedListeners: { namespaces: { from: Same } }, gatewayClassName',
      ) + `
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: more }
spec:
  parentRef: { name: web }
  listeners: [{ name: http, port: {port:more}, protocol: HTTP, ${filters.replaceAll('\n', ' ')} }]
`,
      'services.yaml': service('known') + service('unknown') + serviceAt('auth', auth.port) +
        tlsSecret('server', await authority.issue({ commonName: 'server', names })),
      'route.yaml': httpRoute('web', {
        rules:
          `[{ matches: [{ headers: [{ name: x-user, value: anna }] }], backendRefs: [{ name: known, port: 80 }] },
          { backendRefs: [{ name: unknown, port: 80 }] }]`,
      }).replace('[{ name: web }]', '[{ name: web }, { kind: ListenerSet, name: more }]'),
    },
  });
  const allow = { authorization: 'allow' };
  const https = (serverName: string, host: string, headers: Record<string, string> = allow) =>
    sendTls({ port: dragoman.port('https'), serverName, host, ca: authority.cert, headers });
  const plain = (headers: Record<string, string>) => send({ port: dragoman.port('more'), headers });
  assert.equal((await https('a.example', 'a.example')).seen?.name, 'known');
  assert.equal((await https('a.example', 'a.example', {})).status, 403);
  assert.equal((await plain(allow)).seen?.name, 'known');
  assert.equal((await plain({})).status, 403);

  // Requests that came by another listener are none of this one's.
  const asked = auth.asked.length;
  assert.equal((await https('b.example', 'b.example')).seen?.name, 'unknown');
  assert.equal((await https('b.example', 'a.example')).status, 421);
  assert.equal((await https('a.example', 'b.example')).status, 421);
  assert.equal(auth.asked.length, asked);
});
