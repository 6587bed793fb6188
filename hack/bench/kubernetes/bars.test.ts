import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missed } from '../bars.ts';
import { summarize } from '../samples.ts';
import { kubernetesBars } from './bars.ts';
import { kubernetesTable } from './report.ts';
import type { KubernetesResult, PartResult } from './result.ts';

test('kubernetesBars() has limits of its own for 1,000 and for 5,000 routes', () => {
  const [few, many] = [1_000, 5_000].map((routes) => kubernetesBars([result(routes)]));
  assert.deepEqual(few?.map(({ limit }) => limit), [
    0.7,
    0.7,
    35,
    12,
    8,
    8,
    2,
    45,
    180,
    0.8,
    0.7,
    0.6,
    0,
    0,
    0,
    0,
  ]);
  assert.deepEqual(many?.map(({ limit }) => limit), [
    2,
    3,
    80,
    12,
    10,
    8,
    2,
    100,
    350,
    2.5,
    2.5,
    2.5,
    0,
    0,
    0,
    0,
  ]);
  assert.deepEqual(few?.map(({ measured }) => measured), [
    0.5,
    0.6,
    30,
    10,
    7,
    7,
    1,
    40,
    170,
    0.7,
    0.65,
    0.55,
    0,
    0,
    0,
    0,
  ]);
  assert.ok(!few?.some(missed));
});

test('kubernetesBars() judges other numbers of routes only by what must never happen', () => {
  assert.deepEqual(kubernetesBars([result(100)]).map(({ what, limit }) => `${what}: ${limit}`), [
    '100 routes, route moved to an unused Service under load: answers not 2xx: 0',
    '100 routes, all parts: answers not 2xx, and resets: 0',
    '100 routes, all parts: status writes that say nothing new: 0',
    '100 routes, all parts: status writes of one object beyond one a commit: 0',
  ]);
});

test('kubernetesBars() counts what went wrong in any part', () => {
  const bars = kubernetesBars([result(100, [
    part({ part: 'route', failures: { 503: 2, ECONNRESET: 1 }, identical: 4 }),
    part({ part: 'moved route', failures: { 500: 1 }, mostOfOne: 7, commits: 5 }),
    part({ part: 'new Envoy', mostOfOne: 3, commits: 5 }),
  ])]);
  assert.deepEqual(bars.map(({ measured }) => measured), [1, 4, 4, 2]);
  assert.ok(bars.every(missed));
});

test('kubernetesTable() has a line for each change and each part, and no status where none is written', () => {
  const lines = kubernetesTable(result(1_000, [part({ part: 'route', answers: 12, failures: { 503: 1 } })]))
    .split('\n');
  assert.equal(lines[0], '── 1,000 routes in Kubernetes, 1 samples');
  assert.match(
    lines.find((line) => line.startsWith('EndpointSlice')) ?? '',
    /^EndpointSlice +1\.0 +7\.0 +7\.0 +7\.0 +6\.0 +1\.0$/,
  );
  assert.match(lines.at(-2) ?? '', /^route +12 +\{"503":1\} +0 +0 +0 +0 +0 +0 +0$/);
});

function result(routes: number, parts: readonly PartResult[] = []): KubernetesResult {
  const change = (served: number, cpu: number) => ({
    applied: summarize([1]),
    served: summarize([served]),
    sinceAnswer: { served: summarize([served - 1]) },
    cpu,
  });
  return {
    routes,
    samples: 1,
    load: { applying: 5_000, served: 500, statuses: 600, cpu: 1_000 },
    changes: [
      { change: 'route', ...change(30, 7), status: summarize([10]) },
      { change: 'EndpointSlice', ...change(7, 1) },
      { change: 'new route', ...change(40, 9), status: summarize([20]) },
    ],
    newProxy: summarize([550]),
    restart: { served: summarize([700]), status: summarize([650]) },
    peakMemory: 170e6,
    parts,
    others: { processes: 0, host: 0 },
    envoyVersion: '',
  };
}

function part(of: Partial<PartResult>): PartResult {
  return {
    part: '',
    answers: 0,
    failures: {},
    statusRequests: 0,
    statusWrites: 0,
    identical: 0,
    mostOfOne: 0,
    commits: 0,
    infrastructure: 0,
    peakMemory: 0,
    ...of,
  };
}
