import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prober, startUpstream } from './probe.ts';

const target = { host: 'h1.example.com', path: '/' };

test('a prober gets its answers in the order of its requests, without waiting for one before the next', async () => {
  await using upstream = await startUpstream('name');
  const prober = await Prober.open(upstream.port, { timeoutMs: 1_000 });
  const answers = await Promise.all([1, 2, 3].map(() => prober.get(target)));
  assert.deepEqual(answers.map(({ status, text }) => [status, text.slice(-4)]), [
    [200, 'name'],
    [200, 'name'],
    [200, 'name'],
  ]);
  prober.close();
});

test('a prober tells that its connection has ended, and asks nothing more', async () => {
  const upstream = await startUpstream('name');
  const prober = await Prober.open(upstream.port, { timeoutMs: 1_000 });
  await prober.get(target);
  assert.ok(prober.isOpen);
  await upstream[Symbol.asyncDispose]();
  while (prober.isOpen) await new Promise((resolve) => setTimeout(resolve, 5));
  await assert.rejects(prober.get(target), /closed/);
});
