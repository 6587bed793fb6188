import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { clientSecretName, infraName, labelValue, type NamedGateway } from './names.ts';

function gateway(name: string, gatewayClassName = 'dragoman'): NamedGateway {
  return { metadata: { name }, spec: { gatewayClassName } };
}

test('infraName() is the name with the class, where that is a name of Services', () => {
  assert.equal(infraName(gateway('web')), 'web-dragoman');
  assert.equal(infraName(gateway('a'.repeat(43))), `${'a'.repeat(43)}-dragoman`);
  assert.equal(clientSecretName(gateway('web')), 'web-dragoman-xds');
});

test('infraName() has a hash where it is not, or could be the name of another Gateway', () => {
  const names = [
    gateway('a'.repeat(44)),
    gateway('a'.repeat(253)),
    gateway('1web'),
    gateway('web.example.com'),
    gateway('web', 'of-others'),
    gateway('web-of', 'others'),
  ].map(infraName);
  assert.deepEqual(names, [
    `${'a'.repeat(41)}-44da9c71f3`,
    `${'a'.repeat(41)}-c1868070a2`,
    'gateway-1web-dragoman-f941d3d5b5',
    'web-example-com-dragoman-bc0fe93f8a',
    'web-of-others-515f53a2aa',
    'web-of-others',
  ]);
});

const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const subdomain = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) =>
  labels.join('.').slice(0, 253)
)
  .filter((name) => /[a-z0-9]$/.test(name));

test('names and labels are valid for any Gateway and class', () => {
  fc.assert(
    fc.property(subdomain, subdomain, (name, gatewayClass) => {
      assert.match(infraName(gateway(name, gatewayClass)), /^[a-z][-a-z0-9]{0,50}[a-z0-9]$/);
      assert.match(labelValue(name), /^[a-z0-9]([-.a-z0-9]{0,61}[a-z0-9])?$/);
    }),
    { numRuns: 2_000 },
  );
});

test('no two Gateways have one name', () => {
  const part = fc.stringMatching(/^[ab]([-ab]{0,3}[ab])?$/);
  fc.assert(
    fc.property(part, part, part, part, (...[name, gatewayClass, other, otherClass]) => {
      fc.pre(name !== other || gatewayClass !== otherClass);
      assert.notEqual(infraName(gateway(name, gatewayClass)), infraName(gateway(other, otherClass)));
    }),
    { numRuns: 5_000 },
  );
});

test('labelValue() keeps what is short enough', () => {
  assert.equal(labelValue('a'.repeat(63)), 'a'.repeat(63));
  assert.equal(labelValue(`${'a'.repeat(51)}.${'b'.repeat(20)}`), `${'a'.repeat(51)}-a8c1068876`);
});
