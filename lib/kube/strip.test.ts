import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strip } from './strip.ts';

test('strip() keeps what is read of a Secret, also by legacy resources, and nothing else', () => {
  const read = {
    'tls.crt': 'YQ==',
    'tls.key': 'YQ==',
    'ca.crt': 'YQ==',
    'crl.pem': 'YQ==',
    cert_required: 'dHJ1ZQ==',
    'cert-chain.pem': 'YQ==',
    'key.pem': 'YQ==',
    'root-cert.pem': 'YQ==',
  };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a', namespace: 'default', annotations: { large: 'x' } },
    data: { ...read, password: 'YQ==' },
  };
  assert.deepEqual(strip(secret), { ...secret, metadata: { name: 'a', namespace: 'default' }, data: read });
});
