import assert from 'node:assert/strict';
import { test } from 'node:test';
import { associates, binds, hasLabels } from './association.ts';
import { byPreference, globCovers, isGlob } from './host-glob.ts';
import { sharesOf } from './weights.ts';

const strict = { strictLabelSelectors: true };
const labels = { app: 'shop', tier: 'web' };

test('associates() by the host, the selector, or both', () => {
  const place = { key: 'k', domain: '*', everyHost: false, labels, acme: false };
  const rows = [
    // named, selector, associated
    [true, undefined, true],
    [false, undefined, false],
    [true, { app: 'shop' }, true],
    [true, { app: 'other' }, false],
    [false, { app: 'shop' }, true],
    [false, { app: 'other' }, false],
    [false, { app: 'shop', tier: 'other' }, false],
  ] as const;
  for (const [named, selector, expected] of rows) {
    const host = selector === undefined ? {} : { selector };
    assert.equal(associates({ ...place, named }, host, strict), expected, JSON.stringify([named, selector]));
    assert.equal(associates({ ...place, named, everyHost: true }, host, strict), true);
    const either = associates({ ...place, named }, host, { strictLabelSelectors: false });
    assert.equal(either, named || expected || selector?.app === 'shop', JSON.stringify([named, selector]));
  }
});

test('hasLabels() wants all labels, or any where an installation says so', () => {
  assert.equal(hasLabels({ app: 'shop', tier: 'other' }, labels, strict), false);
  assert.equal(hasLabels({ app: 'shop', tier: 'other' }, labels, { strictLabelSelectors: false }), true);
  assert.equal(hasLabels({}, {}, strict), true);
});

test('binds() by namespace and labels, whichever the Listener gives', () => {
  const host = { object: { group: 'getambassador.io', kind: 'Host', namespace: 'shop', name: 'h' }, labels };
  const rows = [
    [{ namespace: { from: 'ALL' } }, true, true],
    [{ namespace: { from: 'SELF' } }, true, false],
    [{ namespace: { from: 'SELECTOR' } }, true, false],
    [{ namespace: {} }, false, false],
    [{ namespace: {}, selector: { matchLabels: { app: 'shop' } } }, true, false],
    [{ namespace: { from: 'ALL' }, selector: {} }, true, true],
    [{ namespace: { from: 'ALL' }, selector: { matchExpressions: [] } }, false, false],
    [{ namespace: { from: 'ALL' }, selector: { matchLabels: { app: 'other' } } }, false, false],
    [{ namespace: { from: 'SELF' }, selector: { matchLabels: { app: 'shop' } } }, true, false],
  ] as const;
  for (const [hostBinding, own, others] of rows) {
    assert.equal(binds({ namespace: 'shop', hostBinding }, host, strict), own, JSON.stringify(hostBinding));
    assert.equal(
      binds({ namespace: 'else', hostBinding }, host, strict),
      others,
      JSON.stringify(hostBinding),
    );
  }
});

test('globCovers() as Envoy matches domains', () => {
  const covered = [
    ['*', 'a.b'],
    ['*', '*.b'],
    ['a.b', 'a.b'],
    ['*.b', 'x.a.b'],
    ['*.b', '*.a.b'],
    ['*b', 'ab'],
    ['a.*', 'a.b.c'],
    ['a.*', 'a.b.*'],
  ] as const;
  const not = [
    ['*.b', 'b'],
    ['*.b', '.b'],
    ['*.a.b', '*.b'],
    ['a.b', '*'],
    ['a.*', 'a.'],
    ['*.b', 'a.*'],
    ['a.*', '*.b'],
  ] as const;
  for (const [glob, hostname] of covered) assert.ok(globCovers(glob, hostname), `${glob} covers ${hostname}`);
  for (const [glob, hostname] of not) {
    assert.ok(!globCovers(glob, hostname), `${glob} does not cover ${hostname}`);
  }
  assert.deepEqual(['*', 'a.*', '*.b', '*.a.b', 'x'].sort(byPreference), ['x', '*.a.b', '*.b', 'a.*', '*']);
  assert.deepEqual(['a*b', '*a*', 'a*', '*b', '*'].map(isGlob), [false, false, true, true, true]);
});

test('sharesOf() draws weights first, then equal parts of what is left', () => {
  const shares = (...weights: (number | undefined)[]): readonly number[] | undefined =>
    sharesOf(weights.map((weight) => ({ weight })))?.map(({ upTo }) => upTo);
  assert.deepEqual(shares(10), [100]);
  assert.deepEqual(shares(undefined, undefined, undefined), [33, 66, 100]);
  assert.deepEqual(shares(20, 30), [20, 50]);
  assert.deepEqual(shares(undefined, 70), [70, 100]);
  assert.deepEqual(shares(100, undefined), [100, 100]);
  assert.deepEqual(shares(0, undefined), [0, 100]);
  assert.equal(shares(60, 50), undefined);
});
