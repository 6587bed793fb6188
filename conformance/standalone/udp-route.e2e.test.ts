import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { shares } from './conversation.ts';
import { UdpClient, UdpEcho } from './datagrams.ts';
import { gateway, l4Route } from './manifests.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

/** A port may be one of TCP too. */
const LISTENERS =
  '[{ name: udp, port: {port:both}, protocol: UDP }, { name: http, port: {port:both}, protocol: HTTP }]';

function udpService(name: string, { port }: UdpEcho): string {
  return `
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, annotations: { dragoman.dev/endpoints: "127.0.0.1:${port}" } }
spec: { ports: [{ port: 53, protocol: UDP }] }
`;
}

function udpRoute(backends: string): string {
  return l4Route('UDPRoute', 'r', { backends });
}

async function whoAnswers(port: number, ms = 2_000): Promise<string> {
  await using client = await UdpClient.start(port);
  return (await client.ask('?', { ms }))?.split(' ')[0] ?? 'nobody';
}

test(
  'a client keeps its backend, and its port there, while weights divide the clients',
  { timeout: 60_000 },
  async () => {
    await using a = await UdpEcho.start('a');
    await using b = await UdpEcho.start('b');
    await using dragoman = await Standalone.start({
      files: {
        'gateway.yaml': gateway(LISTENERS),
        'services.yaml': udpService('a', a) + udpService('b', b),
        'route.yaml': udpRoute('[{ name: a, port: 53, weight: 70 }, { name: b, port: 53, weight: 30 }]'),
      },
    });
    const port = dragoman.port('both');
    await using client = await UdpClient.start(port);
    const [name, from] = (await client.ask('0'))?.split(' ') ?? [];
    for (let index = 1; index < 20; index++) {
      assert.equal(await client.ask(String(index)), `${name} ${from} ${index}`);
    }
    const answers = await shares(100, () => whoAnswers(port));
    assert.ok(Math.abs((answers['a'] ?? 0) - 70) <= 5, JSON.stringify(answers));
    assert.ok(Math.abs((answers['b'] ?? 0) - 30) <= 5, JSON.stringify(answers));
  },
);

test('clients keep their backend through edits of the route, and new ones follow it', async () => {
  await using a = await UdpEcho.start('a');
  await using b = await UdpEcho.start('b');
  const both = (weights: readonly [number, number]): string =>
    udpRoute(`[{ name: a, port: 53, weight: ${weights[0]} }, { name: b, port: 53, weight: ${weights[1]} }]`);
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(LISTENERS),
      'services.yaml': udpService('a', a) + udpService('b', b),
      'route.yaml': both([1000, 1]),
    },
  });
  const port = dragoman.port('both');
  await using client = await UdpClient.start(port);
  const [name, from] = (await client.ask('0'))?.split(' ') ?? [];
  assert.equal(name, 'a');
  await dragoman.write('route.yaml', both([1, 1000]));
  await eventually(async () => assert.deepEqual(await shares(5, () => whoAnswers(port)), { b: 5 }));
  assert.equal(await client.ask('1'), `a ${from} 1`);
});

test('datagrams of any size pass, and those without a backend are dropped', { timeout: 60_000 }, async () => {
  await using a = await UdpEcho.start('a');
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(LISTENERS),
      'services.yaml': udpService('a', a),
      'route.yaml': udpRoute('[{ name: a, port: 53 }]'),
    },
  });
  const port = dragoman.port('both');
  {
    await using client = await UdpClient.start(port);
    const text = 'x'.repeat(20_000);
    assert.equal((await client.ask(text))?.split(' ')[2], text);
  }
  await dragoman.write('route.yaml', udpRoute('[{ name: a, port: 53 }, { name: gone, port: 53 }]'));
  await eventually(
    async () => assert.deepEqual(await shares(10, () => whoAnswers(port, 250)), { a: 5, nobody: 5 }),
    30_000,
  );
  await dragoman.write('route.yaml', udpRoute('[{ name: a, port: 53, weight: 0 }]'));
  await eventually(async () => assert.equal(await whoAnswers(port, 250), 'nobody'));
});

test('a client is forgotten after the time that the parameters say', async () => {
  await using a = await UdpEcho.start('a');
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(LISTENERS).replace(
        'spec: { gatewayClassName: dragoman, ',
        'spec: { gatewayClassName: dragoman, infrastructure: { parametersRef: { group: dragoman.dev, kind: GatewayParameters, name: p } }, ',
      ),
      'parameters.yaml': `
apiVersion: dragoman.dev/v1alpha1
kind: GatewayParameters
metadata: { name: p }
spec: { udpIdleTimeout: 1s }
`,
      'services.yaml': udpService('a', a),
      'route.yaml': udpRoute('[{ name: a, port: 53 }]'),
    },
  });
  await using client = await UdpClient.start(dragoman.port('both'));
  const from = async (): Promise<string | undefined> => (await client.ask('?'))?.split(' ')[1];
  const first = await from();
  const began = performance.now();
  await sleep(500);
  // Unless the machine stood still for so long.
  assert.ok(await from() === first || performance.now() - began >= 1_000);
  await sleep(2_500);
  assert.notEqual(await from() ?? first, first);
});
