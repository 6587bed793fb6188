import assert from 'node:assert/strict';
import { test } from 'node:test';

import { keyPairOf } from './key-pair.ts';
import { edwards, encryptedKey, koblitz, other, secretOf, tlsSecret, weak, web } from './testing/fixtures.ts';

const broken = web.certificate.replace(/\n.{4}/, '\nAAAA');

const flaws: readonly {
  name: string;
  texts: Readonly<Record<string, string>>;
  field: string;
  problem: RegExp;
}[] = [
  { name: 'no certificate', texts: { 'tls.key': web.key }, field: 'tls.crt', problem: /^is missing$/ },
  { name: 'no key', texts: { 'tls.crt': web.certificate }, field: 'tls.key', problem: /^is missing$/ },
  {
    name: 'text that is not PEM',
    texts: { 'tls.crt': 'Hello world', 'tls.key': 'Hello world' },
    field: 'tls.crt',
    problem: /no PEM certificate/,
  },
  {
    name: 'a broken certificate in the chain',
    texts: { 'tls.crt': web.certificate + broken, 'tls.key': web.key },
    field: 'tls.crt',
    problem: /broken certificate \(number 2 of 2\)/,
  },
  {
    name: 'a certificate where the key belongs',
    texts: { 'tls.crt': web.certificate, 'tls.key': web.certificate },
    field: 'tls.key',
    problem: /no PEM private key/,
  },
  {
    name: 'a broken key',
    texts: { 'tls.crt': web.certificate, 'tls.key': web.key.replace(/\n.{4}/, '\nAAAA') },
    field: 'tls.key',
    problem: /broken private key/,
  },
  {
    name: 'a key with a passphrase',
    texts: { 'tls.crt': web.certificate, 'tls.key': encryptedKey },
    field: 'tls.key',
    problem: /encrypted/,
  },
  {
    name: 'two keys',
    texts: { 'tls.crt': web.certificate, 'tls.key': web.key + other.key },
    field: 'tls.key',
    problem: /more than one/,
  },
  {
    name: 'the key of another certificate',
    texts: { 'tls.crt': web.certificate, 'tls.key': other.key },
    field: 'tls.key',
    problem: /does not fit the certificate in data\["tls.crt"\]/,
  },
  {
    name: 'the key of the second certificate',
    texts: { 'tls.crt': web.certificate + other.certificate, 'tls.key': other.key },
    field: 'tls.key',
    problem: /does not fit/,
  },
  {
    name: 'a short RSA key',
    texts: { 'tls.crt': weak.certificate, 'tls.key': weak.key },
    field: 'tls.crt',
    problem: /RSA key of 1024 bits/,
  },
  {
    name: 'an exotic curve',
    texts: { 'tls.crt': koblitz.certificate, 'tls.key': koblitz.key },
    field: 'tls.crt',
    problem: /curve secp256k1/,
  },
];

test('keyPairOf() names the field and the problem when the Secret holds', async (t) => {
  for (const { name, texts, field, problem } of flaws) {
    await t.test(name, () => {
      const result = keyPairOf(secretOf('default/web', texts));
      assert.ok('problem' in result);
      assert.equal(result.field, `data["${field}"]`);
      assert.match(result.problem, problem);
    });
  }
});

test('keyPairOf() takes a chain with a leaf that the key fits, and nothing else from the text', () => {
  const texts = {
    'tls.crt': `Subject: web\n${web.certificate}\n${other.certificate}`,
    'tls.key': `note\n${web.key}`,
  };
  const result = keyPairOf(secretOf('default/web', texts));
  assert.ok('chain' in result);
  assert.equal(result.chain, web.certificate + other.certificate);
  assert.equal(result.privateKey, web.key);
  assert.ok(result.notBefore > Date.parse('2020-01-01') && result.notAfter > Date.parse('2100-01-01'));
});

test('keyPairOf() takes an Ed25519 key', () => {
  assert.ok('chain' in keyPairOf(tlsSecret('default/web', edwards)));
});

test('keyPairOf() checks a Secret once', () => {
  const secret = tlsSecret('default/web', web);
  assert.equal(keyPairOf(secret), keyPairOf(secret));
});
