import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Authority, secret, tlsSecret } from './certificates.ts';
import { seenHeader } from './expect.ts';
import { startGrpcBackend } from './grpc.ts';
import { Http2Client } from './http2-request.ts';
import { legacy, listener } from './legacy.ts';
import { service } from './manifests.ts';
import { type Answer, send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone, type StandaloneOptions } from './standalone.ts';
import { sendTls } from './tls-request.ts';

const everybody = listener('http') + service('a') +
  legacy('Host', 'all', '{ hostname: "*", requestPolicy: { insecure: { action: Route } } }');

function mapping(name: string, more = ''): string {
  return legacy('Mapping', name, `{ hostname: "*", prefix: /${name}/, service: a, ${more} }`);
}

function start(config: string, more: string, options: Partial<StandaloneOptions> = {}): Promise<Standalone> {
  const files = { 'all.yaml': everybody + more + legacy('Module', 'ambassador', `{ config: ${config} }`) };
  return Standalone.start({ files, ...options });
}

async function get(
  dragoman: Standalone,
  path: string,
  more: Partial<Parameters<typeof send>[0]> = {},
): Promise<Answer> {
  return await send({ port: dragoman.port('http'), path, host: 'www.example', ...more });
}

test('errors get other bodies, of the port or of the Mapping, wherever they come from', async () => {
  await using dragoman = await start(
    `{ error_response_overrides: [
      { on_status_code: 404, body: { json_format: { error: nothing, code: "%RESPONSE_CODE%" } } },
      { on_status_code: 503, body: { text_format: "all: %RESPONSE_CODE% %%" } } ] }`,
    mapping('usual') + mapping('bare', 'bypass_error_response_overrides: true') + mapping(
      'own',
      `error_response_overrides: [
        { on_status_code: 503, body: { text_format: "<p>own</p>", content_type: text/html } } ]`,
    ),
  );
  const answered = async (path: string): Promise<unknown> => {
    const { status, headers, body, seen } = await get(dragoman, path);
    return [status, headers['content-type'], seen === undefined ? body.trim() : 'echo'];
  };
  assert.deepEqual(await answered('/nowhere'), [404, 'application/json', '{"code":404,"error":"nothing"}']);
  assert.deepEqual(await answered('/usual/?status=503'), [503, 'text/plain', 'all: 503 %']);
  assert.deepEqual(await answered('/usual/?status=404'), [
    404,
    'application/json',
    '{"code":404,"error":"nothing"}',
  ]);
  assert.deepEqual(await answered('/own/?status=503'), [503, 'text/html', '<p>own</p>']);
  // The Module's are not for what a Mapping has its own for.
  assert.deepEqual((await answered('/own/?status=404') as unknown[])[2], 'echo');
  assert.deepEqual((await answered('/bare/?status=503') as unknown[])[2], 'echo');
  assert.deepEqual((await answered('/usual/?status=500') as unknown[])[2], 'echo');
});

test('answers are compressed, and requests that are too long turned away', async () => {
  await using dragoman = await start(
    '{ gzip: { min_content_length: 10, content_type: [application/json] }, buffer: { max_request_bytes: 100 } }',
    mapping('a'),
  );
  const zipped = await new Promise<Buffer>((resolve, reject) => {
    const headers = { 'accept-encoding': 'gzip' };
    request({ port: dragoman.port('http'), path: '/a/', headers }, (response) => {
      assert.equal(response.headers['content-encoding'], 'gzip');
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks)));
    }).on('error', reject).end();
  });
  assert.equal((JSON.parse(gunzipSync(zipped).toString()) as { name: string }).name, 'a');
  const body = (length: number) => ({ method: 'POST', body: 'x'.repeat(length) });
  assert.equal((await get(dragoman, '/a/', body(90))).seen?.bodyBytes, 90);
  assert.equal((await get(dragoman, '/a/', body(200))).status, 413);
});

const script = 'function envoy_on_request(handle) handle:headers():add("x-by", "script") end';

test('scripts are run where the operator says so, and nobody is let in elsewhere', async () => {
  const config = `{ lua_scripts: '${script}' }`;
  {
    await using dragoman = await start(config, mapping('a'), { settings: { legacyLua: true } });
    assert.equal(seenHeader(await get(dragoman, '/a/'), 'x-by'), 'script');
  }
  await using dragoman = await start(config, mapping('a'));
  assert.equal((await get(dragoman, '/a/')).status, 500);
  const told = dragoman.running.dataflow.diagnostics.get('Module/default/ambassador')?.diagnostics ?? [];
  assert.deepEqual(told.map(({ severity, field }) => [severity, field]), [[
    'error',
    'spec.config.lua_scripts',
  ]]);
});

test('probes are answered on every host, before all Mappings', async () => {
  const redirected = listener('http') + service('a') + service('own') +
    legacy('Host', 'all', '{ hostname: "*" }') +
    legacy('Mapping', 'all', '{ hostname: "*", prefix: /, service: a, precedence: 99 }');
  const probe = async (dragoman: Standalone, path: string): Promise<unknown> => {
    const { status, seen, body } = await get(dragoman, path);
    return [status, seen?.name ?? body.trim()];
  };
  {
    await using dragoman = await Standalone.start({ files: { 'all.yaml': redirected } });
    assert.deepEqual(await probe(dragoman, '/ambassador/v0/check_alive'), [200, 'alive']);
    assert.deepEqual(await probe(dragoman, '/ambassador/v0/check_ready'), [200, 'ready']);
    assert.equal((await get(dragoman, '/ambassador/v0/diag/')).status, 301);
  }
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': redirected + legacy(
        'Module',
        'ambassador',
        `{ config: { liveness_probe: { enabled: false },
          readiness_probe: { enabled: true, service: own, prefix: /am-i-ready, rewrite: /probe } } }`,
      ),
    },
  });
  assert.equal((await get(dragoman, '/ambassador/v0/check_alive')).status, 301);
  const { seen } = await get(dragoman, '/am-i-ready');
  assert.deepEqual([seen?.name, seen?.path], ['own', '/probe']);
});

test('requests are read, and answers written, as the Module says', async () => {
  await using dragoman = await start(
    `{ preserve_external_request_id: true, suppress_envoy_headers: true, proper_case: true, max_request_headers_kb: 2,
       use_remote_address: false, server_name: shop }`,
    mapping('a'),
  );
  const raw = await new Promise<readonly string[]>((resolve, reject) => {
    request({ port: dragoman.port('http'), path: '/a/' }, (response) => {
      response.resume();
      resolve(response.rawHeaders.filter((_, index) => index % 2 === 0));
    }).on('error', reject).end();
  });
  assert.ok(raw.includes('Content-Type') && raw.includes('Server'), raw.join());
  assert.ok(!raw.some((name) => name.toLowerCase().startsWith('x-envoy')), raw.join());
  const headers = { 'x-request-id': 'mine', 'x-forwarded-for': '192.0.2.7' };
  const answer = await get(dragoman, '/a/', { headers });
  assert.equal(answer.headers.server, 'shop');
  assert.equal(seenHeader(answer, 'x-request-id'), 'mine');
  assert.equal(seenHeader(answer, 'x-forwarded-for'), '192.0.2.7');
  assert.equal((await get(dragoman, '/a/', { headers: { 'x-long': 'x'.repeat(3_000) } })).status, 431);
});

test('without a Module ids are made anew, and the address of the connection counts', async () => {
  await using dragoman = await Standalone.start({ files: { 'all.yaml': everybody + mapping('a') } });
  const headers = { 'x-request-id': 'mine', 'x-forwarded-for': '192.0.2.7' };
  const answer = await get(dragoman, '/a/', { headers });
  assert.notEqual(seenHeader(answer, 'x-request-id'), 'mine');
  assert.match(seenHeader(answer, 'x-forwarded-for') ?? '', /^192\.0\.2\.7, ?[0-9.]+$/);
  assert.equal(answer.headers.server, 'envoy');
  assert.ok(answer.headers['x-envoy-upstream-service-time'] !== undefined);
});

test('backends are told of client certificates what the Module says', async () => {
  const authority = await Authority.create('test');
  const clients = await Authority.create('clients');
  const pair = await authority.issue({ commonName: 'www.example.com', names: ['www.example.com'] });
  const client = await clients.issue({
    commonName: 'somebody',
    names: ['one.example', 'two.example', 'spiffe://example.com/somebody'],
  });
  const forwarding = (mode: string, details = '{}'): string =>
    legacy(
      'Module',
      'ambassador',
      `{ config: { forward_client_cert_details: ${mode}, set_current_client_cert_details: ${details} } }`,
    );
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('https', { protocol: 'HTTPS' }) + service('a') + tlsSecret('web', pair) +
        secret('clients', { 'ca.crt': clients.cert }) +
        legacy(
          'Host',
          'web',
          '{ hostname: www.example.com, tlsSecret: { name: web }, tls: { ca_secret: clients } }',
        ) +
        legacy('Mapping', 'a', '{ hostname: www.example.com, prefix: /, service: a }'),
      'module.yaml': forwarding('SANITIZE_SET', '{ subject: true }'),
    },
  });
  const mine = 'By=spiffe://example.com/mine';
  /** What the backend is told of a client that says something itself. */
  const told = async (pair: typeof client | null = client): Promise<unknown> => {
    const { seen } = await sendTls({
      port: dragoman.port('https'),
      serverName: 'www.example.com',
      headers: { 'x-forwarded-client-cert': mine },
      ...(pair === null ? {} : { client: pair }),
    });
    assert.equal(seen?.name, 'a');
    return seen.headers['x-forwarded-client-cert'];
  };
  /** The values of each part but the hash. */
  const parts = async (): Promise<Readonly<Record<string, readonly string[]>>> => {
    const found: Record<string, string[]> = {};
    for (const part of String(await told()).split(';')) {
      const [, name = '', value = ''] = /^(\w+)="?(.*?)"?$/.exec(part) ?? [];
      (found[name] ??= []).push(decodeURIComponent(value));
    }
    delete found.Hash;
    return found;
  };
  const Subject = ['CN=somebody'];
  const details = {
    subject: { Subject },
    cert: { Cert: [client.cert] },
    chain: { Chain: [client.cert] },
    dns: { DNS: ['one.example', 'two.example'] },
    uri: { URI: ['spiffe://example.com/somebody'] },
  };
  assert.deepEqual(await parts(), details.subject);
  for (const [name, expected] of Object.entries(details)) {
    await dragoman.write('module.yaml', forwarding('SANITIZE_SET', `{ ${name}: true }`));
    await eventually(async () => assert.deepEqual(await parts(), expected));
  }
  const all = Object.keys(details).map((name) => `${name}: true`).join();
  await dragoman.write('module.yaml', forwarding('SANITIZE_SET', `{ ${all} }`));
  await eventually(async () => assert.deepEqual(await parts(), Object.assign({}, ...Object.values(details))));

  // Whether what clients say themselves comes through: with a certificate, and without one.
  for (
    const [mode, shown, anonymous] of [
      ['SANITIZE', undefined, undefined],
      ['FORWARD_ONLY', mine, undefined],
      ['APPEND_FORWARD', /^By=spiffe:\/\/example.com\/mine,Hash=\w+;Subject="CN=somebody"$/, undefined],
      ['ALWAYS_FORWARD_ONLY', mine, mine],
    ] as const
  ) {
    await dragoman.write('module.yaml', forwarding(mode, '{ subject: true }'));
    await eventually(async () => {
      const found = await told();
      if (shown instanceof RegExp) assert.match(String(found), shown);
      else assert.equal(found, shown, mode);
      assert.equal(await told(null), anonymous, mode);
    });
  }
});

test('requests are tried again as far as their bodies fit into the buffer', async () => {
  let tries = 0;
  const retried = mapping('a', 'timeout_ms: 30000, retry_policy: { retry_on: 5xx, num_retries: 2 }');
  await using dragoman = await start('{ buffer_limit_bytes: 3000000 }', retried, {
    echoes: { a: { onRequest: () => tries++ } },
  });
  /** How often the backend gets a request of so many bytes, by each protocol. */
  const tried = async (bytes: number): Promise<readonly number[]> => {
    const path = '/a/?status=503';
    const body = 'x'.repeat(bytes);
    tries = 0;
    assert.equal((await get(dragoman, path, { method: 'POST', body })).status, 503);
    const first = tries;
    using client = Http2Client.open(dragoman.port('http'));
    assert.equal((await client.send({ host: 'www.example', path, body })).status, 503);
    return [first, tries - first];
  };
  assert.deepEqual(await tried(2_500_000), [3, 3]);
  assert.deepEqual(await tried(3_500_000), [1, 1]);

  // 0 says nothing, and that of whoever says nothing is Envoy's own.
  await dragoman.write(
    'all.yaml',
    everybody + retried + legacy('Module', 'ambassador', '{ config: { buffer_limit_bytes: 0 } }'),
  );
  await eventually(async () => assert.deepEqual(await tried(2_500_000), [1, 1]));
  assert.deepEqual(await tried(900_000), [3, 3]);
});

test('gRPC calls come over HTTP/1.1, and as gRPC-Web', async () => {
  await using backend = await startGrpcBackend('calls');
  await using dragoman = await start(
    '{ enable_grpc_http11_bridge: true, enable_grpc_web: true, grpc_stats: { all_methods: true, upstream_stats: true } }',
    service('calls').replace('{echo:calls}', String(backend.port)) +
      legacy(
        'Mapping',
        'calls',
        '{ hostname: "*", prefix: /shop.Orders/, rewrite: "", service: calls, grpc: true }',
      ),
  );
  const call = (type: string, body: Buffer) =>
    new Promise<{ readonly status: unknown; readonly type: unknown; readonly bytes: Buffer }>(
      (resolve, reject) => {
        const headers = { 'content-type': type, te: 'trailers' };
        const options = { port: dragoman.port('http'), path: '/shop.Orders/Get', method: 'POST', headers };
        request(options, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.headers['grpc-status'],
              type: response.headers['content-type'],
              bytes: Buffer.concat(chunks),
            }));
        }).on('error', reject).end(body);
      },
    );
  const message = Buffer.from([0, 0, 0, 0, 2, 0x7b, 0x7d]);
  const bridged = await call('application/grpc', message);
  assert.equal(bridged.status, '0');
  const web = await call('application/grpc-web+proto', message);
  assert.match(String(web.type), /grpc-web/);
  assert.match(web.bytes.toString('latin1'), /grpc-status:0/);
  assert.equal(backend.calls.length, 2);
});
