import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLAIMED_PROFILES, MATRIX, NEWEST_SUITE } from './claims.ts';
import { parseOptions } from './options.ts';

test('without options all claimed profiles run once, on the experimental channel', () => {
  const options = parseOptions([]);
  assert.deepEqual(options?.profiles, CLAIMED_PROFILES);
  assert.deepEqual(options?.targets, [{ suite: NEWEST_SUITE, channel: 'experimental' }]);
  assert.deepEqual(options?.tests, []);
  assert.equal(options?.repeat, 1);
});

test('profiles and tests may be repeated', () => {
  const options = parseOptions(['--profile', 'A', '--profile', 'B', '--test=T', '--test=U', '--repeat', '3']);
  assert.deepEqual(options?.profiles, ['A', 'B']);
  assert.deepEqual(options?.tests, ['T', 'U']);
  assert.equal(options?.repeat, 3);
});

test('--matrix runs every release and channel', () => {
  assert.deepEqual(parseOptions(['--matrix'])?.targets, MATRIX);
  assert.equal(new Set(MATRIX.map((target) => JSON.stringify(target))).size, 4);
});

test('--suite chooses a release', () => {
  assert.deepEqual(parseOptions(['--suite=v1.6.3', '--channel=standard'])?.targets, [
    { suite: 'v1.6.3', channel: 'standard' },
  ]);
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
    [['--matrix', '--suite', 'v1.7.0'], /leave --suite out/],
    [['--suite', 'v1.5.0'], /--suite is v1\.7\.0 or v1\.6\.3, not v1\.5\.0/],
    [['--tests'], /--tests/],
  ] as const
) {
  test(`${args.join(' ')} is refused`, () => {
    assert.throws(() => parseOptions(args), message);
  });
}
