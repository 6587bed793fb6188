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
  const hold = new StatusHold({ observed: () => observed });
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
  const hold = new StatusHold({ observed: () => running });
  const lost = resultOf('Gateway/a/lost', statusOf({ status: 'False' }));
  const back = resultOf('Gateway/a/back', statusOf({ status: 'False' }));
  const gone = resultOf('Gateway/a/gone', statusOf({ status: 'False' }));
  hold.filter([lost, back, gone].map((after) => ({ key: after.key, after })));
  const again = { key: back.key, after: resultOf(back.key, statusOf({ status: 'True' })) };
  assert.deepEqual(hold.filter([again, { key: gone.key, after: undefined }]), [again, {
    key: gone.key,
    after: undefined,
  }]);
  assert.deepEqual(hold.release(), [{ key: lost.key, after: lost }]);
  assert.deepEqual(hold.filter([{ key: lost.key, after: lost }]), [{ key: lost.key, after: lost }]);
});

test('one that begins to lead again holds again', () => {
  const hold = new StatusHold({ observed: () => running });
  hold.release();
  hold.hold();
  const after = resultOf('Gateway/a/b', statusOf({ status: 'False' }));
  assert.deepEqual(hold.filter([{ key: after.key, after }]), [{ key: after.key, after: undefined }]);
});
