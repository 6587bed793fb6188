import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderValueOption_HeaderAppendAction as Append } from './gen/envoy/config/core/v3/base_pb.ts';
import { headerChanges, hostOf } from './header-mutation.ts';

test('headerChanges() keeps values literal, sets before it adds, and leaves out what Envoy refuses', () => {
  const { toAdd, toRemove } = headerChanges({
    set: [{ name: 'X-Set', value: '100%' }, { name: 'Host', value: 'inner' }, { name: 'x-empty', value: '' }],
    add: [{ name: 'x-add', value: '%START_TIME%' }, { name: ':path', value: '/' }],
    remove: ['x-gone', 'HOST', ':method'],
  });
  assert.deepEqual(
    toAdd.map(({ header, appendAction, keepEmptyValue }) => [
      header?.key,
      header?.value,
      appendAction,
      keepEmptyValue,
    ]),
    [
      ['X-Set', '100%%', Append.OVERWRITE_IF_EXISTS_OR_ADD, true],
      ['x-empty', '', Append.OVERWRITE_IF_EXISTS_OR_ADD, true],
      ['x-add', '%%START_TIME%%', Append.APPEND_IF_EXISTS_OR_ADD, true],
    ],
  );
  assert.deepEqual(toRemove, ['x-gone']);
  assert.deepEqual(headerChanges(undefined), { toAdd: [], toRemove: [] });
});

test('hostOf() is the host that is set, in whatever case', () => {
  const none = { add: [], remove: [] };
  assert.equal(hostOf({ set: [{ name: 'hOST', value: 'inner' }], ...none }), 'inner');
  assert.equal(hostOf({ set: [{ name: 'x-host', value: 'inner' }], ...none }), undefined);
  assert.equal(hostOf(undefined), undefined);
});
