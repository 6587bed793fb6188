import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseServiceName } from './service-name.ts';

test('parseServiceName() takes a service apart', () => {
  assert.deepEqual(parseServiceName('tour'), { host: 'tour' });
  assert.deepEqual(parseServiceName('tour.shop:8080'), { host: 'tour.shop', port: 8080 });
  assert.deepEqual(parseServiceName('HTTPS://tour'), { scheme: 'https', host: 'tour' });
  assert.deepEqual(parseServiceName('http://[::1]:80'), { scheme: 'http', host: '::1', port: 80 });
  assert.deepEqual(parseServiceName('[2001:db8::1]'), { host: '2001:db8::1' });
  assert.deepEqual(parseServiceName('10.0.0.1:1'), { host: '10.0.0.1', port: 1 });
  assert.deepEqual(parseServiceName('http://a:80/'), { scheme: 'http', host: 'a', port: 80, rest: '/' });
  assert.deepEqual(parseServiceName('a/b?c'), { host: 'a', rest: '/b?c' });
  assert.deepEqual(parseServiceName('a?b'), { host: 'a', rest: '?b' });
});

test('parseServiceName() tells what is wrong', () => {
  const wrong = (service: string): unknown => {
    const found = parseServiceName(service);
    return 'problem' in found ? found.problem : found;
  };
  assert.equal(wrong(''), 'has no host');
  assert.equal(wrong('http://:80'), 'has no host');
  assert.equal(wrong('tcp://a'), 'has the unknown scheme tcp');
  const port = 'has a port that is not a number from 1 to 65535';
  for (const service of ['a:', 'a:http', 'a:0', 'a:65536', 'a:80:80']) {
    assert.equal(wrong(service), port, service);
  }
  const more = 'has more than [scheme://]host[:port]';
  for (const service of ['a b', 'user@a', 'user@a/b']) {
    assert.equal(wrong(service), more, service);
  }
  assert.equal(wrong('::1'), 'has no host');
});

test('parseServiceName() answers at once, whatever the text', () => {
  for (
    const text of ['a'.repeat(1_000_000), ':'.repeat(100_000), '[:'.repeat(100_000), 'a://'.repeat(100_000)]
  ) {
    const started = performance.now();
    parseServiceName(text);
    assert.ok(performance.now() - started < 1000);
  }
});
