import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Observed, since, StatusLog } from './status-log.ts';

test('StatusLog counts what says something new, by object', () => {
  const log = new StatusLog();
  log.add('HTTPRoute/a', version(1));
  log.add('HTTPRoute/a', version(1, 'True'));
  log.add('HTTPRoute/a', version(2, 'True'));
  log.add('HTTPRoute/a', version(2, 'False'));
  log.add('HTTPRoute/b', version(1, 'True'));
  const { written, identical, byObject } = log.writes;
  assert.equal(written, 3);
  assert.equal(identical, 0);
  assert.deepEqual([...byObject], [['HTTPRoute/a', 2], ['HTTPRoute/b', 1]]);
});

test('StatusLog takes a version that says the same for an identical write, whatever its times', () => {
  const log = new StatusLog();
  log.add('HTTPRoute/a', version(1, 'True', '2030-01-01T00:00:00Z'));
  log.add('HTTPRoute/a', version(1, 'True', '2030-01-02T00:00:00Z'));
  log.add('HTTPRoute/a', version(1, 'True', '2030-01-02T00:00:00Z'));
  assert.equal(log.writes.identical, 2);
  assert.equal(log.writes.written, 1);
});

test('StatusLog takes another spec and another life for no write', () => {
  const log = new StatusLog();
  log.add('HTTPRoute/a', version(1));
  log.add('HTTPRoute/a', version(2));
  log.delete('HTTPRoute/a');
  log.add('HTTPRoute/a', version(2));
  assert.deepEqual(log.writes, { written: 0, identical: 0, byObject: new Map() });
});

test('since() tells what was written between two moments', () => {
  const log = new StatusLog();
  log.add('HTTPRoute/a', version(1, 'True'));
  log.add('HTTPRoute/b', version(1, 'True'));
  const before = log.writes;
  log.add('HTTPRoute/a', version(1, 'False'));
  log.add('HTTPRoute/a', version(1, 'False'));
  assert.deepEqual(since(before, log.writes), {
    written: 1,
    identical: 1,
    byObject: new Map([['HTTPRoute/a', 1]]),
  });
});

function version(generation: number, status?: string, lastTransitionTime = '2030-01-01T00:00:00Z'): Observed {
  return {
    metadata: { name: 'a', uid: 'a', resourceVersion: '1', generation },
    ...(status === undefined ? {} : {
      status: {
        parents: [{
          controllerName: 'c',
          conditions: [{ type: 'Accepted', status, lastTransitionTime }],
        }],
      },
    }),
  };
}
