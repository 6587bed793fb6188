import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority, tlsSecret } from './certificates.ts';
import { Conversation, shares, whoAnswers } from './conversation.ts';
import { legacy, listener } from './legacy.ts';
import { service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

const CONNECTIONS = 2_000;

test(
  'TCPMappings have the shares that they say, on a port that nothing else opens',
  { timeout: 120_000 },
  async () => {
    const of = (name: string, weight: string): string =>
      legacy('TCPMapping', name, `{ port: {port:tcp}, service: ${name}${weight} }`);
    await using dragoman = await Standalone.start({
      files: {
        'services.yaml': service('a') + service('b'),
        'mappings.yaml': of('a', ', weight: 70') + of('b', ', weight: 30'),
      },
    });
    const port = dragoman.port('tcp');
    const near = (answers: Record<string, number>, name: string, share: number): void => {
      const count = answers[name] ?? 0;
      assert.ok(Math.abs(count - share * CONNECTIONS) <= 0.05 * CONNECTIONS, `${name}: ${count}`);
    };
    const answers = await shares(CONNECTIONS, () => whoAnswers(port));
    assert.deepEqual(Object.keys(answers).sort(), ['a', 'b']);
    near(answers, 'a', 0.7);
    near(answers, 'b', 0.3);

    using open = await Conversation.begin(port);
    const first = await open.ask();
    await dragoman.write('mappings.yaml', of('a', ', weight: 0') + of('b', ''));
    await eventually(async () =>
      assert.deepEqual(Object.keys(await shares(50, () => whoAnswers(port))), ['b'])
    );
    assert.equal(await open.ask(), first);
  },
);

test('a TCPMapping with a host has the connections for it, beside HTTP and others', async () => {
  const authority = await Authority.create('test');
  const pair = async (name: string) => await authority.issue({ commonName: name, names: [name] });
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('https', { protocol: 'HTTPS' }) +
        tlsSecret('db', await pair('db.example.com')) + tlsSecret('web', await pair('www.example.com')) +
        tlsSecret('context', await pair('context.example.com')) +
        ['a', 'b', 'c', 'd'].map((name) => service(name)).join('') +
        legacy('Host', 'web', '{ hostname: www.example.com, tlsSecret: { name: web } }') +
        legacy('Host', 'db', '{ hostname: db.example.com, tlsSecret: { name: db } }') +
        legacy('TLSContext', 'named', '{ hosts: [context.example.com], secret: context }') +
        legacy('Mapping', 'a', '{ hostname: "*", prefix: /, service: a }') +
        legacy('TCPMapping', 'b', '{ port: {port:https}, host: db.example.com, service: b }') +
        legacy('TCPMapping', 'c', '{ port: {port:https}, host: context.example.com, service: c }') +
        legacy('TCPMapping', 'd', '{ port: {port:https}, host: nobody.example.com, service: d }'),
    },
  });
  const port = dragoman.port('https');
  const ask = async (serverName: string): Promise<unknown> => {
    const { seen, certificate } = await sendTls({ port, serverName });
    return [seen?.name, certificate];
  };
  assert.deepEqual(await ask('www.example.com'), ['a', 'www.example.com']);
  assert.deepEqual(await ask('db.example.com'), ['b', 'db.example.com']);
  assert.deepEqual(await ask('context.example.com'), ['c', 'context.example.com']);
  // Nobody has its certificate, and nobody else gets its connections.
  await assert.rejects(sendTls({ port, serverName: 'nobody.example.com' }));
  const redirect = await send({ port, host: 'www.example.com' });
  assert.equal(redirect.headers.location, 'https://www.example.com/');
});

test('what asks for TLS to its service and cannot have it is closed', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': service('a') +
        legacy('TCPMapping', 'open', '{ port: {port:open}, service: a }') +
        legacy('TCPMapping', 'closed', '{ port: {port:closed}, service: a, tls: nothing }') +
        legacy('TCPMapping', 'idle', '{ port: {port:idle}, service: a, idle_timeout_ms: "1000" }'),
    },
  });
  assert.equal(await whoAnswers(dragoman.port('open')), 'a');
  assert.equal(await whoAnswers(dragoman.port('closed')), 'closed');
  using idle = await Conversation.begin(dragoman.port('idle'));
  assert.equal(await idle.ask(), 'a');
  await eventually(() => assert.ok(idle.closed));
});

test('a log that Envoy refuses costs no connection, and TCPMappings are told', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'tcp.yaml': service('a') + service('logs') +
        legacy('TCPMapping', 'a', '{ port: {port:tcp}, service: a }'),
      'logs.yaml': '',
    },
  });
  const answers = (expected: string): Promise<void> =>
    eventually(async () => assert.equal(await whoAnswers(dragoman.port('tcp')), expected));
  const told = (): readonly string[] => {
    const { diagnostics = [] } = dragoman.running.dataflow.diagnostics.get('TCPMapping/default/a') ?? {};
    return diagnostics.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
  };
  await answers('a');
  await dragoman.write(
    'logs.yaml',
    legacy(
      'LogService',
      'logs',
      '{ service: logs, driver: tcp, protocol_version: v3, flush_interval_time: 1000000000000 }',
    ),
  );
  await eventually(() => assert.match(told()[0] ?? '', /^warning RefusedByEnvoy: .*served without: /));
  for (let time = 0; time < 20; time++) assert.equal(await whoAnswers(dragoman.port('tcp')), 'a');
  await dragoman.write('logs.yaml', '# nothing\n');
  await eventually(() => assert.deepEqual(told(), []));
  await answers('a');
});
