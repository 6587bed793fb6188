import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startCollector, startDatadogAgent, startZipkin } from './collector.ts';
import { everyHost, legacy, listener } from './legacy.ts';
import { startLogServer } from './log-server.ts';
import { service, serviceAt } from './manifests.ts';
import { type Answer, type RequestOptions, send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

const served = listener('http') + everyHost() + service('a') +
  legacy('Mapping', 'a', '{ hostname: "*", prefix: /, service: a }');

/** With its port open: that waits for the clusters that it sends to, and `Standalone` does not. */
async function start(
  files: Readonly<Record<string, string>>,
  onAccess: (line: string) => void = () => {},
): Promise<Standalone> {
  const dragoman = await Standalone.start({ files: { 'served.yaml': served, ...files }, onAccess });
  await eventually(() => connected(dragoman.port('http')));
  return dragoman;
}

function connected(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').once('error', reject).once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

/** Where the Module says how requests are logged. */
const FORMAT = 'spec.config.envoy_log_format';

function get(dragoman: Standalone, options: Omit<RequestOptions, 'port'> = {}): Promise<Answer> {
  return send({ port: dragoman.port('http'), host: 'www.example', ...options });
}

function errorsOf(dragoman: Standalone, key: string): readonly string[] {
  const { diagnostics = [] } = dragoman.running.dataflow.diagnostics.get(key) ?? {};
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ field }) => field);
}

test('a TracingService for Zipkin gets spans with the tags that it asks for', async () => {
  await using zipkin = await startZipkin();
  const tracing = (more: string): string =>
    legacy('TracingService', 'zipkin', `{ service: zipkin, driver: zipkin, ${more} }`);
  await using dragoman = await start({
    'zipkin.yaml': serviceAt('zipkin', zipkin.port),
    'tracing.yaml': tracing(`tag_headers: [x-tag], custom_tags: [
      { tag: stage, literal: { value: test } },
      { tag: who, request_header: { name: x-user, default_value: nobody } } ]`),
  });
  const traced = await get(dragoman, { headers: { 'x-tag': 'red' } });
  assert.match(String(traced.seen?.headers['x-b3-traceid']), /^[0-9a-f]{32}$/);
  await eventually(() => assert.ok(zipkin.spans.length > 0));
  assert.equal(zipkin.requests[0], 'zipkin:80 /api/v2/spans');
  const [span] = zipkin.spans;
  assert.deepEqual([span?.tags['x-tag'], span?.tags['stage'], span?.tags['who']], ['red', 'test', 'nobody']);

  await dragoman.write('tracing.yaml', tracing('sampling: { overall: 0 }'));
  await eventually(async () => {
    assert.equal((await get(dragoman)).seen?.headers['x-b3-sampled'], '0');
  });
});

test('a TracingService for OTLP gets spans', async () => {
  await using collector = await startCollector();
  await using dragoman = await start({
    'tracing.yaml': serviceAt('collector', collector.port) + legacy(
      'TracingService',
      'otlp',
      `{ service: collector, driver: opentelemetry, config: { service_name: shop },
         custom_tags: [{ tag: stage, literal: { value: test } }] }`,
    ),
  });
  assert.match(String((await get(dragoman)).seen?.headers['traceparent']), /-01$/);
  await eventually(() => {
    const [sent] = collector.exports;
    for (const word of ['shop', 'stage', 'test']) assert.ok(sent?.text.includes(word), word);
  });
});

test('a TracingService for Datadog gets a span of each request', async () => {
  await using agent = await startDatadogAgent();
  await using dragoman = await start({
    'tracing.yaml': serviceAt('agent', agent.port) + legacy(
      'TracingService',
      'datadog',
      '{ service: agent, driver: datadog, config: { service_name: shop }, tag_headers: [x-tag] }',
    ),
  });
  for (let i = 0; i < 3; i++) {
    const { seen } = await get(dragoman, { headers: { 'x-tag': 'red' } });
    assert.match(String(seen?.headers['x-datadog-trace-id']), /^\d+$/);
  }
  await eventually(() => assert.equal(agent.spans(), 3));
  assert.match(agent.requests[0] ?? '', /^P(OS|U)T \/v0\.4\/traces$/);
  for (const word of ['shop', 'x-tag', 'red']) assert.ok(agent.text().includes(word), word);
});

test('a TracingService that cannot be had leaves requests as they are, and says why', async () => {
  const cases: Readonly<Record<string, string>> = {
    'service: a, driver: lightstep': 'spec.driver',
    'service: "ftp://a", driver: zipkin': 'spec.service',
  };
  await using dragoman = await start({ 'tracing.yaml': '' });
  for (const [spec, field] of Object.entries(cases)) {
    await dragoman.write('tracing.yaml', legacy('TracingService', 'broken', `{ ${spec} }`));
    await eventually(async () => {
      assert.equal((await get(dragoman)).status, 200);
      assert.deepEqual(errorsOf(dragoman, 'TracingService/default/broken'), [field]);
    });
  }
});

test('LogServices get an entry of each request, with the headers that they ask for', async () => {
  await using one = await startLogServer();
  await using two = await startLogServer();
  const log = (name: string, more: string): string =>
    legacy('LogService', name, `{ service: ${name}, protocol_version: v3, flush_interval_time: 1, ${more} }`);
  await using dragoman = await start({
    'logs.yaml': serviceAt('one', one.port) + serviceAt('two', two.port) +
      log(
        'one',
        `driver: http, driver_config: { additional_log_headers: [
          { header_name: X-User }, { header_name: x-secret, during_request: false } ] }`,
      ) +
      log('two', 'driver: tcp'),
  });
  const headers = { 'x-user': 'anna', 'x-secret': 'none of it' };
  assert.equal((await get(dragoman, { path: '/x?q', headers })).status, 200);
  await eventually(() => assert.equal(one.http.length, 1));
  const { request, response } = one.http[0] ?? {};
  assert.deepEqual(
    [request?.authority, request?.originalPath || request?.path, response?.responseCode],
    ['www.example', '/x?q', 200],
  );
  assert.deepEqual({ ...request?.requestHeaders }, { 'x-user': 'anna' });
  assert.deepEqual(one.names, ['one']);
  await eventually(() => assert.equal(two.tcp(), 1));
});

test('a LogService for connections gets an entry of each of a TCPMapping', async () => {
  await using logs = await startLogServer();
  await using dragoman = await start({
    'tcp.yaml': serviceAt('logs', logs.port) +
      legacy('TCPMapping', 'raw', '{ port: {port:raw}, service: "a:80" }') +
      legacy('LogService', 'logs', '{ service: logs, driver: tcp, protocol_version: v3 }'),
  });
  await eventually(() => connected(dragoman.port('raw')));
  const before = logs.tcp();
  assert.equal((await send({ port: dragoman.port('raw'), host: 'www.example' })).status, 200);
  await eventually(() => assert.ok(logs.tcp() > before));
});

test('the Module says what is logged on the output, and nothing that is the proxy’s own', async () => {
  await using dragoman = await start({ 'module.yaml': '' });
  const cases: Readonly<Record<string, readonly string[]>> = {
    '{ envoy_log_type: json, envoy_log_format: { path: "%REQ(:PATH)%" } }': [],
    '{ envoy_log_format: "%REQ(:PATH)%", envoy_log_path: /dev/stderr }': [],
    '{ envoy_log_format: "%ENVIRONMENT(HOME)%" }': ['spec.config.envoy_log_format'],
    '{ envoy_log_path: /etc/passwd }': ['spec.config.envoy_log_path'],
    '{ envoy_log_type: json, envoy_log_format: text }': ['spec.config.envoy_log_format'],
  };
  for (const [config, fields] of Object.entries(cases)) {
    await dragoman.write('module.yaml', legacy('Module', 'ambassador', `{ config: ${config} }`));
    await eventually(async () => {
      const { diagnostics = [] } = dragoman.running.dataflow.diagnostics.get('Module/default/ambassador') ??
        {};
      assert.deepEqual(diagnostics.map(({ field }) => field), fields, config);
      assert.equal((await get(dragoman)).status, 200);
    });
  }
});

test('each request is a line on the output, in the format of the Module', async () => {
  const lines: string[] = [];
  const module = (config: string): string => legacy('Module', 'ambassador', `{ config: ${config} }`);
  await using dragoman = await start(
    { 'module.yaml': module('{ envoy_log_format: "text %REQ(:PATH)% %RESPONSE_CODE%" }') },
    (line) => lines.push(line),
  );
  await get(dragoman, { path: '/one' });
  // What Envoy writes to its output it keeps back for a while.
  await eventually(() => assert.deepEqual(lines, ['text /one 200']));

  await dragoman.write(
    'module.yaml',
    module(
      '{ envoy_log_type: json, envoy_log_format: { path: "%REQ(:PATH)%", nested: { code: "%RESPONSE_CODE%" } } }',
    ),
  );
  await eventually(async () => {
    await get(dragoman, { path: '/two' });
    const json = lines.find((line) => line.startsWith('{')) ?? '{}';
    assert.deepEqual(JSON.parse(json), { path: '/two', nested: { code: 200 } });
  });

  // Envoy's own format.
  await dragoman.write('module.yaml', module('{ envoy_log_type: json }'));
  await eventually(async () => {
    await get(dragoman, { path: '/three' });
    assert.ok(lines.some((line) => /^\[.*"GET \/three HTTP\/1\.1" 200 /.test(line)));
  });
});

test('a format that Envoy does not take costs the log and no request', async () => {
  await using dragoman = await start({ 'module.yaml': '' });
  await dragoman.write(
    'module.yaml',
    legacy('Module', 'ambassador', '{ config: { envoy_log_format: "%NO_SUCH_COMMAND%" } }'),
  );
  await eventually(() => {
    for (
      const [key, at] of [['Listener/default/http', 'spec'], ['Module/default/ambassador', FORMAT]] as const
    ) {
      const { diagnostics = [] } = dragoman.running.dataflow.diagnostics.get(key) ?? {};
      assert.deepEqual(diagnostics.map(({ code, field }) => [code, field]), [['RefusedByEnvoy', at]]);
      assert.match(diagnostics[0]?.message ?? '', /NO_SUCH_COMMAND/);
    }
  });
  for (let i = 0; i < 20; i++) assert.equal((await get(dragoman)).status, 200);
  // What comes next is served.
  await dragoman.write(
    'b.yaml',
    service('b') + legacy('Mapping', 'b', '{ hostname: "*", prefix: /b/, service: b }'),
  );
  await eventually(async () => assert.equal((await get(dragoman, { path: '/b/' })).seen?.name, 'b'));
  await dragoman.write('listener.yaml', listener('second'));
  await eventually(async () =>
    assert.equal((await send({ port: dragoman.port('second'), host: 'www.example' })).status, 200)
  );
});
