import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLAIMED_PROFILES, MATRIX } from './claims.ts';
import { parseOptions } from './options.ts';

test('without options all claimed profiles run once, on the experimental channel', () => {
  const options = parseOptions([]);
  assert.deepEqual(options?.profiles, CLAIMED_PROFILES);
  assert.deepEqual(options?.channels, ['experimental']);
  assert.deepEqual(options?.tests, []);
  assert.equal(options?.repeat, 1);
});

test('profiles and tests may be repeated', () => {
  const options = parseOptions(['--profile', 'A', '--profile', 'B', '--test=T', '--test=U', '--repeat', '3']);
  assert.deepEqual(options?.profiles, ['A', 'B']);
  assert.deepEqual(options?.tests, ['T', 'U']);
  assert.equal(options?.repeat, 3);
});

test('--matrix runs every channel', () => {
  assert.deepEqual(parseOptions(['--matrix'])?.channels, MATRIX);
});

test('--help wants nothing else', () => {
  assert.equal(parseOptions(['--help']), undefined);
});

for (
  const [args, message] of [
    [['--channel', 'stable'], /--channel is standard or experimental, not stable/],
    [['--repeat', 'often'], /--repeat is a number, not often/],
    [['--repeat', '0'], /--repeat is a number/],
    [['--matrix', '--channel', 'standard'], /leave --channel out/],
    [['--tests'], /--tests/],
  ] as const
) {
  test(`${args.join(' ')} is refused`, () => {
    assert.throws(() => parseOptions(args), message);
  });
}
