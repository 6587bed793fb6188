/** Each example does what its README says. */

import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import type { SeenRequest } from '../echo/mod.ts';
import { freePort } from '../testing/free-port.ts';
import { answeredBy, type Child, examples, get, main, start } from './testing/child.ts';
import { dragoman, folder } from './testing/command.ts';

interface Served {
  readonly child: Child;
  readonly http: string;
  readonly httpsPort: number;
  readonly root: string;
}

/** Serves a copy of an example on ports that nobody uses. */
async function serve(
  t: TestContext,
  name: string,
  prepare?: (root: string) => Promise<void>,
): Promise<Served> {
  const root = folder(t);
  cpSync(join(examples, name), root, { recursive: true });
  const backends = join(root, 'backends.yaml');
  let text = readFileSync(backends, 'utf8');
  for (const port of ['18081', '18082']) text = text.replace(port, String(await freePort()));
  writeFileSync(backends, text);
  await prepare?.(root);
  const shift = (await freePort({ offset: 443 - 80 })) - 80;
  const args = [
    'run',
    '--echo',
    '--status-address',
    '127.0.0.1:0',
    '--concurrency',
    '1',
    '--port-shift',
    String(shift),
  ];
  const child = start(t, [process.execPath, main, ...args, root]);
  await child.says(/status API: /);
  return { child, root, http: `http://127.0.0.1:${80 + shift}`, httpsPort: 443 + shift };
}

test('quickstart', async (t) => {
  const { http } = await serve(t, 'quickstart');
  assert.equal(answeredBy(await get(http, 'www.example.com')), 'web');
  const api = await get(`${http}/api/items`, 'www.example.com');
  assert.equal(answeredBy(api), 'api');
  assert.equal((JSON.parse(api.body) as SeenRequest).headers['x-from'], 'dragoman');
  const old = await get(`${http}/old`, 'www.example.com');
  assert.deepEqual([old.status, old.headers.location], [
    301,
    `http://www.example.com:${new URL(http).port}/`,
  ]);
});

test('canary', async (t) => {
  const { http } = await serve(t, 'canary');
  for (let i = 0; i < 5; i++) {
    assert.equal(
      answeredBy(await get(http, 'www.example.com', { headers: { 'x-canary': 'always' } })),
      'next',
    );
  }
  const names = new Map<string, number>();
  for (let i = 0; i < 300; i++) {
    const name = answeredBy(await get(http, 'www.example.com'));
    names.set(name, (names.get(name) ?? 0) + 1);
  }
  // Six standard deviations around 30.
  const next = names.get('next') ?? 0;
  assert.ok(next > 0 && next < 62, `next answered ${next} of 300`);
  assert.equal((names.get('stable') ?? 0) + next, 300);
});

test('legacy/0.39', async (t) => {
  const { http, child } = await serve(t, 'legacy/0.39');
  await child.says(/Listener\/default\/made-up:80: /);
  // The client's port is none of HTTPS, and the name is only the client's to say.
  const redirect = await get(`${http}/tour/`, 'any.example');
  assert.equal(redirect.headers.location, 'https://any.example:443/tour/');
  const headers = { 'x-forwarded-proto': 'https' };
  const names = new Map<string, number>();
  for (let i = 0; i < 300; i++) {
    const name = answeredBy(await get(`${http}/tour/`, 'any.example', { headers }));
    names.set(name, (names.get(name) ?? 0) + 1);
  }
  const canary = names.get('tour-canary') ?? 0;
  assert.ok(canary > 0 && canary < 62, `the canary answered ${canary} of 300`);
  const beta = { ...headers, 'x-beta': 'yes' };
  assert.equal(answeredBy(await get(`${http}/tour/`, 'any.example', { headers: beta })), 'tour-canary');
});

test('legacy/1.x', async (t) => {
  const listen = await freePort();
  const { child } = await serve(t, 'legacy/1.x', (root) => {
    const file = join(root, 'ambassador.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('  config:\n', `  config:\n    service_port: ${listen}\n`));
    return Promise.resolve();
  });
  await child.says(/Listener\/default\/made-up:/);
  const http = `http://127.0.0.1:${listen}`;
  const shop = await get(`${http}/cart`, 'shop.example.com', {
    headers: { origin: 'https://www.example.com' },
  });
  assert.equal(answeredBy(shop), 'shop');
  assert.equal((JSON.parse(shop.body) as SeenRequest).headers['x-from'], 'ambassador');
  assert.equal(shop.headers['access-control-allow-origin'], 'https://www.example.com');
  assert.equal(answeredBy(await get(`${http}/search/shoes`, 'shop.example.com')), 'search');
});

test('legacy/3.x', async (t) => {
  const listen = await freePort();
  const { child } = await serve(t, 'legacy/3.x', (root) => {
    const file = join(root, 'listener.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('8080', String(listen)));
    return Promise.resolve();
  });
  await child.says(/Listener\/default\/http: /);
  const http = `http://127.0.0.1:${listen}`;
  assert.equal(
    (await get(`${http}/cart/`, 'shop.example.com')).headers.location,
    'https://shop.example.com/cart/',
  );
  const headers = { 'x-forwarded-proto': 'https' };
  const names = new Set<string>();
  for (let i = 0; i < 300; i++) {
    names.add(answeredBy(await get(`${http}/cart/`, 'shop.example.com', { headers })));
  }
  assert.deepEqual([...names].sort(), ['cart', 'cart-next']);
  const old = await get(`${http}/basket/x`, 'shop.example.com', { headers });
  assert.equal(old.headers.location, 'https://shop.example.com/cart/x');
});

test('mirror', async (t) => {
  const root = folder(t);
  cpSync(join(examples, 'mirror'), root, { recursive: true });
  const [web, shadow, gateway] = [await freePort(), await freePort(), await freePort()];
  const file = join(root, 'backends.yaml');
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace('18081', String(web)).replace('18082', String(shadow)),
  );
  const dragomanMain = [process.execPath, main];
  const backends = [['web', web], ['shadow', shadow]] as const;
  const [, shadowing] = await Promise.all(backends.map(async ([name, port]) => {
    const child = start(t, [...dragomanMain, 'echo', '--name', name, '--port', String(port), '--log']);
    await child.says(/answers at/);
    return child;
  }));
  const args = ['run', '--status-address', '127.0.0.1:0', '--port-shift', String(gateway - 80), root];
  await start(t, [...dragomanMain, ...args]).says(/status API: /);
  assert.equal(answeredBy(await get(`http://127.0.0.1:${gateway}/hello`, 'www.example.com')), 'web');
  await shadowing?.says(/GET \S+ \/hello/);
});

test('cors', async (t) => {
  const { http } = await serve(t, 'cors');
  const origin = 'https://shop.apps.example.com';
  const preflight = await get(`${http}/items`, 'api.example.com', {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'PUT' },
  });
  assert.equal(preflight.status, 200);
  assert.equal(preflight.headers['access-control-allow-origin'], origin);
  assert.match(preflight.headers['access-control-allow-methods'] ?? '', /PUT/);
  const other = await get(`${http}/items`, 'api.example.com', {
    headers: { origin: 'https://elsewhere.example' },
  });
  assert.equal(other.status, 200);
  assert.equal(other.headers['access-control-allow-origin'], undefined);
});

test('external-auth', async (t) => {
  const { http } = await serve(t, 'external-auth');
  assert.equal((await get(http, 'www.example.com')).status, 401);
  const granted = await get(http, 'www.example.com', { headers: { authorization: 'me' } });
  assert.equal(granted.status, 200);
  const seen = JSON.parse(granted.body) as SeenRequest;
  assert.deepEqual([seen.name, seen.headers['x-required']], ['web', 'me']);
});

test('websocket', async (t) => {
  const { http } = await serve(t, 'websocket');
  const socket = await import('node:http').then(({ request }) =>
    new Promise<string>((resolve, reject) => {
      const sent = request(http, {
        headers: {
          host: 'chat.example.com',
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        },
      });
      sent.on('upgrade', (answer, socket) => {
        // A masked text frame: "hi" under the mask 0.
        socket.write(new Uint8Array([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
        socket.once('data', (frame: Uint8Array) => {
          socket.destroy();
          resolve(`${answer.headers['sec-websocket-accept']} ${Buffer.from(frame).toString('latin1', 2)}`);
        });
      });
      sent.on('response', ({ statusCode }) => reject(new Error(`answered ${statusCode}`)));
      sent.on('error', reject);
      sent.end();
    })
  );
  assert.equal(socket, 's3pPLMBiTxaQ9kYGzzhZRbK+xOo= hi');
});

test('tls', async (t) => {
  const make = async (root: string): Promise<void> => {
    const files = ['--write', join(root, 'certificate.yaml'), '--pem', join(root, 'ca.pem')];
    assert.equal((await dragoman(['cert', 'www.example.com', '--name', 'www-tls', ...files])).code, 0);
  };
  const { http, httpsPort, root } = await serve(t, 'tls', make);
  const redirect = await get(http, 'www.example.com');
  assert.deepEqual([redirect.status, redirect.headers.location], [301, 'https://www.example.com:8443/']);
  assert.equal(await secure(httpsPort, readFileSync(join(root, 'ca.pem'), 'utf8')), 'web');

  const before = readFileSync(join(root, 'ca.pem'), 'utf8');
  await make(root);
  const after = readFileSync(join(root, 'ca.pem'), 'utf8');
  const deadline = performance.now() + 10_000;
  while (await secure(httpsPort, after).catch(() => 'untrusted') !== 'web') {
    assert.ok(performance.now() < deadline);
  }
  await assert.rejects(secure(httpsPort, before));
});

/** The name of the backend that answers to clients who trust this certificate. */
function secure(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      servername: 'www.example.com',
      headers: { host: 'www.example.com' },
      ca,
      agent: false,
    };
    const sent = request(options, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => resolve(answeredBy({ status: 0, headers: {}, body })));
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('every example is tested', () => {
  const tested = ['canary', 'cors', 'external-auth', 'legacy', 'mirror', 'quickstart', 'tls', 'websocket'];
  assert.deepEqual(readdirSync(examples).sort(), tested);
  assert.deepEqual(readdirSync(join(examples, 'legacy')).sort(), ['0.39', '1.x', '3.x', 'README.md']);
});
