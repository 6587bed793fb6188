import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { StatusResult } from './flow.ts';
import { StatusHold } from './run-hold.ts';

interface Programmed {
  readonly status: string;
  readonly reason?: string;
}

function statusOf(gateway: Programmed, listener: Programmed = gateway) {
  const condition = ({ status, reason = status === 'True' ? 'Programmed' : 'Pending' }: Programmed) => ({
    type: 'Programmed',
    status,
    reason,
    message: '',
  });
  return {
    conditions: [condition(gateway)],
    listeners: [{ name: 'http', conditions: [condition(listener)] }],
  };
}

function resultOf(key: string, status: unknown): StatusResult {
  return { key, object: { group: '', kind: 'Gateway', namespace: 'a', name: 'b' }, generation: 1, status };
}

const running = JSON.stringify(statusOf({ status: 'True' }));

/** Whether a change is said at once, where the cluster has a status already. */
function isSaid(key: string, status: unknown, observed = running): boolean {
  const hold = new StatusHold({ observed: () => observed, holdMs: 10 });
  const after = resultOf(key, status);
  return hold.filter([{ key, after }]).every((change) => change.after === after);
}

test('what takes back Programmed only since proxies are yet to answer is held', () => {
  assert.equal(isSaid('Gateway/a/b', statusOf({ status: 'False' })), false);
  assert.equal(isSaid('ListenerSet/a/b', statusOf({ status: 'False' })), false);
  assert.equal(isSaid('Gateway/a/b', statusOf({ status: 'True' }, { status: 'False' })), false);
});

test('all else is said at once', () => {
  assert.equal(isSaid('Gateway/a/b', statusOf({ status: 'True' })), true);
  assert.equal(isSaid('Gateway/a/b', statusOf({ status: 'False', reason: 'Invalid' })), true);
  assert.equal(isSaid('HTTPRoute/a/b', statusOf({ status: 'False' })), true);
  assert.equal(isSaid('Gateway/a/new', statusOf({ status: 'False' }), ''), true);
  const pending = JSON.stringify(statusOf({ status: 'False' }));
  assert.equal(isSaid('Gateway/a/b', statusOf({ status: 'False' }), pending), true);
});

test('what was held is told when proxies have had their time, unless it came otherwise', () => {
  let now = 0;
  const hold = new StatusHold({ observed: () => running, holdMs: 10, now: () => now });
  assert.equal(hold.wait, undefined);
  const lost = resultOf('Gateway/a/lost', statusOf({ status: 'False' }));
  const back = resultOf('Gateway/a/back', statusOf({ status: 'False' }));
  const gone = resultOf('Gateway/a/gone', statusOf({ status: 'False' }));
  hold.filter([lost, back, gone].map((after) => ({ key: after.key, after })));
  const again = { key: back.key, after: resultOf(back.key, statusOf({ status: 'True' })) };
  assert.deepEqual(hold.filter([again, { key: gone.key, after: undefined }]), [again, {
    key: gone.key,
    after: undefined,
  }]);
  now = 9;
  assert.deepEqual(hold.due(), []);
  assert.equal(hold.wait, 1);
  now = 10;
  assert.deepEqual(hold.due(), [{ key: lost.key, after: lost }]);
  assert.deepEqual(hold.due(), []);
});

test('what proxies had their time for is said at once until they have answered', () => {
  let now = 0;
  const hold = new StatusHold({ observed: () => running, holdMs: 10, now: () => now });
  const lost = { key: 'Gateway/a/b', after: resultOf('Gateway/a/b', statusOf({ status: 'False' })) };
  const back = { key: 'Gateway/a/b', after: resultOf('Gateway/a/b', statusOf({ status: 'True' })) };
  const held = { key: 'Gateway/a/b', after: undefined };
  assert.deepEqual(hold.filter([lost]), [held]);
  now = 5;
  assert.deepEqual(hold.filter([lost]), [held]);
  now = 10;
  assert.deepEqual(hold.due(), [lost]);
  assert.deepEqual(hold.filter([lost]), [lost]);
  assert.deepEqual(hold.filter([back]), [back]);
  assert.deepEqual(hold.filter([lost]), [held]);
});

test('for one that begins to lead proxies have their time anew', () => {
  let now = 0;
  const hold = new StatusHold({ observed: () => running, holdMs: 10, now: () => now });
  const lost = { key: 'Gateway/a/b', after: resultOf('Gateway/a/b', statusOf({ status: 'False' })) };
  hold.filter([lost]);
  now = 20;
  hold.begin();
  assert.deepEqual(hold.due(), []);
  assert.equal(hold.wait, 10);
});
