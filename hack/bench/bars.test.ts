import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bar, bars, missed } from './bars.ts';
import type { ChangeName, ChangeResult, ScenarioResult } from './measure.ts';
import { barTable, scaling, table } from './report.ts';
import { summarize, type Summary } from './samples.ts';
import type { Contender } from './stand.ts';
import type { Layout } from './workload.ts';

test('bars() judges one route of 5,000 against the lower floor of the same run', () => {
  const kept = bars([scenario(5_000, { own: [1, 2, 30], served: [46], cpu: 3, floors: [60, 40] })]);
  assert.deepEqual(kept.slice(0, 4).map(({ measured }) => measured), [2, 30, 3, 1.15]);
  assert.deepEqual(kept.slice(0, 4).map(missed), [false, true, false, false]);
  const slow = bars([scenario(5_000, { own: [6], served: [70], cpu: 10.1, floors: [60, 80] })]);
  assert.deepEqual(slow.slice(0, 4).map(missed), [true, false, true, true]);
});

test('bars() judges the same beside TCPRoutes, on its own', () => {
  const alone = scenario(5_000, { own: [1], served: [40], cpu: 3, floors: [40, 40] });
  const beside = scenario(5_000, { own: [6], served: [40], cpu: 3, floors: [40, 40] }, { streams: 2_500 });
  const verdicts = bars([alone, beside]);
  assert.deepEqual(verdicts.slice(0, 8).map(missed), [false, false, false, false, true, false, false, false]);
  assert.equal(
    verdicts[4]?.what,
    '5,000 routes on as many hostnames and 2,500 TCPRoutes, one changed: own share, p50',
  );
});

test('bars() judges endpoints at every number of routes and memory at 10,000 only', () => {
  const figures = { own: [1], served: [9], cpu: 1, floors: [9, 9] };
  const some = bars([scenario(1_000, figures), scenario(10_000, { ...figures, endpoints: 11, rss: 401e6 })]);
  assert.deepEqual(
    some.slice(4).map((bar) => [bar.what, bar.measured, missed(bar)]),
    [
      ['1,000 routes, own-hostnames, one EndpointSlice changed: served, p50', 2, false],
      ['10,000 routes, own-hostnames, one EndpointSlice changed: served, p50', 11, true],
      ['10,000 routes, own-hostnames: resident memory after load and changes', 401, true],
    ],
  );
});

test('bars() of what was not run are not measured, and neither kept nor missed', () => {
  const figures = { own: [1], served: [1], cpu: 1, floors: [1, 1] };
  const verdicts = bars([scenario(5_000, figures, { layout: 'one-hostname' })]);
  assert.deepEqual(verdicts.slice(0, 4).map((bar) => bar.measured), Array(4).fill(undefined));
  assert.ok(!verdicts.some(missed));
  assert.match(barTable(verdicts), /not measured/);
});

test('missed() takes a figure that is no number for a miss', () => {
  const bar: Bar = { what: 'a', limit: 1, unit: 'ms', measured: NaN };
  assert.ok(missed(bar));
  assert.match(barTable([bar]), /MISSED/);
});

test('scaling() compares the most routes with the least, layout by layout', () => {
  const few = scenario(1_000, { own: [1], served: [5], cpu: 2, floors: [1, 1] });
  const many = scenario(10_000, { own: [3], served: [50], cpu: 3, floors: [1, 1] });
  const [title, , route] = scaling([many, few]).split('\n');
  assert.equal(title, 'From 1,000 to 10,000 routes, own-hostnames, p50 of Dragoman:');
  assert.match(route ?? '', /^route +3\.00 +10\.00 +1\.50$/);
  assert.equal(scaling([many]), '');
});

test('table() aligns words to the left and figures to the right', () => {
  assert.equal(
    table(['name', 'ms'], [['a', '10.5'], ['longer', '1']]),
    'name      ms\na       10.5\nlonger     1',
  );
});

interface Figures {
  readonly own: readonly number[];
  readonly served: readonly number[];
  readonly cpu: number;
  /** RDS, VHDS. */
  readonly floors: readonly number[];
  readonly endpoints?: number;
  readonly rss?: number;
}

function scenario(
  routes: number,
  of: Figures,
  { layout = 'own-hostnames', streams = 0 }: { readonly layout?: Layout; readonly streams?: number } = {},
): ScenarioResult {
  const one = (change: ChangeName, contender: Contender, own: Summary, served: Summary): ChangeResult => ({
    change,
    contender,
    own,
    served,
    cpu: of.cpu,
  });
  const none = summarize([]);
  return {
    routes,
    layout,
    streams,
    samples: 1,
    cold: [],
    changes: [
      one('route', 'dragoman', summarize(of.own), summarize(of.served)),
      one('route', 'rds', none, summarize(of.floors.slice(0, 1))),
      one('route', 'vhds', none, summarize(of.floors.slice(1))),
      one('EndpointSlice', 'dragoman', none, summarize([of.endpoints ?? 2])),
    ],
    memory: { cpu: 0, rss: of.rss ?? 100e6, peakRss: 0, heap: 0, external: 0 },
    envoyVersion: '',
  };
}
