import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Catalogue, problems, type VerdictOptions } from './verdict.ts';

const entry = (name: string, features: readonly string[], profiles = ['GATEWAY-HTTP']) => ({
  name,
  features,
  profiles,
  provisional: false,
});

const catalogue: Catalogue = {
  tests: [
    entry('Simple', ['Gateway', 'HTTPRoute']),
    entry('PortMatching', ['HTTPRoute', 'DestinationPort']),
    entry('Stream', ['TCPRoute'], ['GATEWAY-TCP']),
  ],
  experimental: ['DestinationPort'],
};

function verdict(options: Partial<VerdictOptions>): string[] {
  return problems({
    catalogue,
    channel: 'experimental',
    profiles: ['GATEWAY-HTTP'],
    tests: [],
    outcomes: new Map([['Simple', 'passed'], ['PortMatching', 'passed'], ['Stream', 'skipped']]),
    supported: ['Gateway', 'HTTPRoute', 'DestinationPort'],
    ...options,
  });
}

test('tests of other profiles may be skipped, but not fail', () => {
  assert.deepEqual(verdict({}), []);
  assert.deepEqual(
    verdict({ outcomes: new Map([['Simple', 'passed'], ['PortMatching', 'passed'], ['Stream', 'failed']]) }),
    ['Stream failed'],
  );
});

test('a skipped test of a claimed profile is a problem', () => {
  const outcomes = new Map([['Simple', 'skipped'], ['PortMatching', 'skipped']] as const);
  assert.deepEqual(verdict({ outcomes, supported: ['Gateway', 'HTTPRoute'] }), [
    'Simple was skipped',
    'PortMatching was skipped: DestinationPort is not supported',
  ]);
});

test('the standard channel owes no test of an experimental feature', () => {
  const outcomes = new Map([['Simple', 'passed'], ['PortMatching', 'skipped']] as const);
  const supported = ['Gateway', 'HTTPRoute'];
  assert.deepEqual(verdict({ channel: 'standard', outcomes, supported }), []);
  assert.deepEqual(verdict({ channel: 'standard', outcomes: new Map(), supported }), ['Simple did not run']);
});

test('a test that was asked for must pass, whatever its profile', () => {
  const outcomes = new Map([['Stream', 'skipped']] as const);
  assert.deepEqual(verdict({ tests: ['Stream'], outcomes }), [
    'Stream was skipped: TCPRoute is not supported',
  ]);
});
