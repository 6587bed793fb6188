import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { stringify } from 'yaml';

import { ConnectionError, loadConnection } from './connection.ts';

function folder(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'dragoman-kube-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function kubeconfig(user: unknown, cluster: Readonly<Record<string, unknown>> = {}): string {
  return stringify({
    'current-context': 'one',
    contexts: [
      { name: 'one', context: { cluster: 'c', user: 'u', namespace: 'apps' } },
      { name: 'two', context: { cluster: 'other', user: 'u' } },
    ],
    clusters: [
      {
        name: 'c',
        cluster: { server: 'https://one:6443/', 'certificate-authority-data': base64('the CA'), ...cluster },
      },
      { name: 'other', cluster: { server: 'https://two:6443' } },
    ],
    users: [{ name: 'u', user }],
  });
}

function write(directory: string, text: string, name = 'config'): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

test('loadConnection() reads the current context, or the one that is asked for', async (t) => {
  const file = write(folder(t), kubeconfig({ token: 'secret' }));
  const connection = loadConnection({ kubeconfig: file });
  assert.equal(connection.server, 'https://one:6443');
  assert.equal(connection.namespace, 'apps');
  const { headers, tls } = await connection.credentials();
  assert.deepEqual(headers, { authorization: 'Bearer secret' });
  assert.equal(tls.ca, 'the CA');
  assert.equal(loadConnection({ kubeconfig: file, context: 'two' }).server, 'https://two:6443');
});

test('files of a kubeconfig are found beside it', async (t) => {
  const directory = folder(t);
  write(directory, 'certificate', 'user.crt');
  write(directory, 'private key', 'user.key');
  const file = write(
    directory,
    kubeconfig({ 'client-certificate': 'user.crt', 'client-key': 'user.key' }, {
      'insecure-skip-tls-verify': true,
      'tls-server-name': 'kubernetes',
    }),
  );
  const { tls } = await loadConnection({ kubeconfig: file }).credentials();
  assert.deepEqual(tls, {
    ca: 'the CA',
    cert: 'certificate',
    key: 'private key',
    servername: 'kubernetes',
    rejectUnauthorized: false,
  });
});

test('a token of a file is read again once it was refused', async (t) => {
  const directory = folder(t);
  const token = write(directory, 'first\n', 'token');
  const connection = loadConnection({ kubeconfig: write(directory, kubeconfig({ tokenFile: 'token' })) });
  assert.equal((await connection.credentials()).headers['authorization'], 'Bearer first');
  writeFileSync(token, 'second\n');
  assert.equal((await connection.credentials()).headers['authorization'], 'Bearer first');
  assert.equal((await connection.credentials(true)).headers['authorization'], 'Bearer second');
});

test('an exec plugin is asked for credentials, and asked again once they were refused', async (t) => {
  const directory = folder(t);
  const counter = write(directory, '', 'counter');
  const script = `printf x >> ${counter}; printf '{"status":{"token":"t%s"}}' $(wc -c < ${counter})`;
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] };
  const connection = loadConnection({ kubeconfig: write(directory, kubeconfig({ exec })) });
  assert.equal((await connection.credentials()).headers['authorization'], 'Bearer t1');
  assert.equal((await connection.credentials()).headers['authorization'], 'Bearer t1');
  assert.equal((await connection.credentials(true)).headers['authorization'], 'Bearer t2');
});

test('an exec plugin that fails says why', async (t) => {
  const exec = { command: 'sh', args: ['-c', 'echo no such account >&2; exit 3'] };
  const connection = loadConnection({ kubeconfig: write(folder(t), kubeconfig({ exec })) });
  await assert.rejects(connection.credentials(), /no such account/);
});

test('auth providers and proxies are left to the client package', async (t) => {
  const claims = base64(JSON.stringify({ exp: Date.now() / 1000 + 3_600 })).replaceAll('=', '');
  const token = `${base64('{}')}.${claims}.signature`;
  const user = { 'auth-provider': { name: 'oidc', config: { 'id-token': token } } };
  const file = write(folder(t), kubeconfig(user, { 'proxy-url': 'http://proxy:3128' }));
  const { headers, agent } = await loadConnection({ kubeconfig: file }).credentials();
  assert.equal(headers['authorization'], `Bearer ${token}`);
  assert.notEqual(agent, undefined);
});

test('KUBECONFIG may name several files, of which the first that says something counts', (t) => {
  const directory = folder(t);
  const empty = write(directory, '', 'empty');
  const rest = write(directory, kubeconfig({ token: 'secret' }), 'rest');
  const env = { KUBECONFIG: [empty, rest].join(delimiter), KUBERNETES_SERVICE_HOST: '10.0.0.1' };
  assert.equal(loadConnection({ env }).server, 'https://one:6443');
});

test('loadConnection() says what is missing', (t) => {
  const directory = folder(t);
  const expect = (text: string, message: RegExp): void => {
    const file = write(directory, text);
    assert.throws(() => loadConnection({ kubeconfig: file }), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.match(error.message, message);
      return true;
    });
  };
  expect('', /no current-context/);
  expect('clusters: {', /kubeconfig .*config/);
  expect('current-context: x', /no context "x"/);
  expect(kubeconfig({}).replace('name: u', 'name: v'), /no user "u"/);
  expect('clusters: [{}]', /clusters\[0\].name is missing/);
  assert.throws(() => loadConnection({ env: { HOME: directory } }), /\.kube\/config/);
});
