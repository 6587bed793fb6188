import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

import { decode } from '../api/mod.ts';
import { dragoman, folder } from './testing/command.ts';

test('`cert` prints a Secret whose key fits its certificate for every host', async () => {
  const { code, out } = await dragoman([
    'cert',
    'www.example.com',
    '*.example.org',
    '127.0.0.1',
    '--days',
    '2',
  ]);
  assert.equal(code, 0);
  const { object } = decode(parse(out));
  assert.ok(object?.kind === 'Secret');
  assert.equal(object.key, 'default/www.example.com-tls');
  const certificate = new X509Certificate(Buffer.from(object.data['tls.crt'] ?? '', 'base64'));
  assert.match(
    certificate.subjectAltName ?? '',
    /^DNS:www\.example\.com, DNS:\*\.example\.org, IP Address:127\.0\.0\.1$/,
  );
  assert.ok(certificate.verify(certificate.publicKey));
  const { createPrivateKey } = await import('node:crypto');
  assert.ok(
    certificate.checkPrivateKey(createPrivateKey(Buffer.from(object.data['tls.key'] ?? '', 'base64'))),
  );
});

test('`cert` refuses what is no hostname, and names the Secret in lower case', async () => {
  for (const host of ['', 'a b', 'a..b', '*', 'a.*.example', 'under_score.example', 'https://a.example']) {
    const { code, out, err } = await dragoman(['cert', '--', host]);
    assert.deepEqual([code, out], [2, ''], host);
    assert.match(err, /DNS name/);
  }
  const { out } = await dragoman(['cert', 'WWW.Example.com']);
  assert.match(out, /name: www\.example\.com-tls/);
});

test('`cert --write --pem` writes files that only their owner may read', async (t) => {
  const root = folder(t);
  const [secret, pem] = [join(root, 'secret.yaml'), join(root, 'ca.pem')];
  const { code, out } = await dragoman(['cert', 'a.example', '--name', 'a', '--write', secret, '--pem', pem]);
  assert.deepEqual([code, out], [0, '']);
  assert.equal(statSync(secret).mode & 0o777, 0o600);
  assert.match(readFileSync(secret, 'utf8'), /PRIVATE KEY/);
  assert.doesNotMatch(readFileSync(pem, 'utf8'), /PRIVATE KEY/);
});

test('`cert` names the flag of a file that cannot be written', async () => {
  const { code, err } = await dragoman(['cert', 'a.example', '--write', '/nonexistent/secret.yaml']);
  assert.equal(code, 1);
  assert.match(err, /--write names \/nonexistent\/secret\.yaml/);
});
