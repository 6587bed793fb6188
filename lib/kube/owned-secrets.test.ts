import assert from 'node:assert/strict';
import { test } from 'node:test';

import { KubeApi } from './client.ts';
import { OwnedSecrets, type SecretMetadata } from './owned-secrets.ts';
import { secretType } from './secret.ts';
import { FakeApiServer } from './testing/api-server.ts';
import { eventually } from '../testing/eventually.ts';

const metadata: SecretMetadata & { readonly labels: Readonly<Record<string, string>> } = {
  namespace: 'shop',
  name: 'web',
  labels: { 'app.kubernetes.io/managed-by': 'dragoman' },
  ownerReferences: [{
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    name: 'web',
    uid: 'u',
    controller: true,
  }],
};

test('a Secret that is deleted before its writer hears of its success is known to be gone', async (t) => {
  const server = await FakeApiServer.start([secretType]);
  const api = new KubeApi({ connection: server.connection, userAgent: 'test' });
  const changes: string[] = [];
  const secrets = new OwnedSecrets({
    api,
    onChange: (_, texts) => changes.push(texts?.['tls.crt'] ?? 'gone'),
    onListed: () => changes.push('listed'),
  });
  t.after(async () => {
    await secrets.stop();
    api.close();
    await server.stop();
  });
  secrets.start();
  await eventually(() => assert.deepEqual(changes, ['listed']));
  // What is applied becomes visible at once, and is gone before the answer is sent.
  let deleted = false;
  server.store.subscribe(({ type, object }) => {
    if (type !== 'ADDED' || deleted) return;
    deleted = true;
    server.delete(secretType, { namespace: 'shop', name: object.metadata.name });
  });
  // The answer and the watch come in any order.
  await secrets.write(metadata, { 'tls.crt': 'a' });
  await eventually(() => assert.equal(changes.at(-1), 'gone'));
  assert.equal(secrets.isDescribed(metadata), false);
  assert.equal(await secrets.write(metadata, { 'tls.crt': 'b' }), 'written');
  await eventually(() => assert.equal(changes.at(-1), 'b'));
  assert.equal(secrets.isDescribed(metadata), true);
});
