import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ScenarioFlags, scenarios, UsageError } from './options.ts';

test('scenarios() takes every number of routes in both layouts unless told', () => {
  assert.deepEqual(
    scenarios({ kubernetes: false }).map(({ routes, layout, streams, samples }) =>
      `${routes} ${layout} ${samples}${streams === 0 ? '' : ` ${streams} streams`}`
    ),
    [
      '1000 own-hostnames 100',
      '1000 one-hostname 100',
      '5000 own-hostnames 200',
      '5000 one-hostname 100',
      '10000 own-hostnames 100',
      '10000 one-hostname 100',
      '5000 own-hostnames 200 2500 streams',
    ],
  );
});

test('scenarios() takes fewer numbers and one layout in Kubernetes', () => {
  assert.deepEqual(scenarios({ kubernetes: true }), [
    { routes: 1_000, layout: 'own-hostnames', streams: 0, samples: 100 },
    { routes: 5_000, layout: 'own-hostnames', streams: 0, samples: 100 },
  ]);
});

test('scenarios() follows the flags', () => {
  assert.deepEqual(scenarios({ kubernetes: false, routes: '7,8', layout: 'one-hostname', samples: '3' }), [
    { routes: 7, layout: 'one-hostname', streams: 0, samples: 3 },
    { routes: 8, layout: 'one-hostname', streams: 0, samples: 3 },
  ]);
  assert.deepEqual(scenarios({ kubernetes: false, routes: '7', streams: '5', samples: '3' }), [
    { routes: 7, layout: 'own-hostnames', streams: 5, samples: 3 },
  ]);
});

test('scenarios() says which flag makes no sense', () => {
  const message = (flags: Partial<ScenarioFlags>): string => {
    try {
      scenarios({ kubernetes: false, ...flags });
    } catch (error) {
      assert.ok(error instanceof UsageError);
      return error.message;
    }
    return '';
  };
  assert.equal(message({ routes: 'many' }), '--routes takes a positive number, not many');
  assert.equal(message({ samples: '0' }), '--samples takes a positive number, not 0');
  assert.equal(message({ layout: 'none' }), '--layout is own-hostnames or one-hostname, not none');
  assert.equal(message({ kubernetes: true, streams: '1' }), '--streams cannot be used with --kubernetes');
  assert.equal(
    message({ routes: '5', streams: '6' }),
    '--streams takes at most 5000, and no more than there are routes',
  );
  assert.equal(
    message({ kubernetes: true, layout: 'one-hostname' }),
    '--layout cannot be used with --kubernetes',
  );
});
