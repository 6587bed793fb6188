import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

import { startEcho } from '../echo/mod.ts';
import { freePort } from '../testing/free-port.ts';
import { examples, get, main, start } from './testing/child.ts';
import { folder, shop } from './testing/command.ts';

const deno = fileURLToPath(new URL('../../node_modules/.bin/deno', import.meta.url));

/** The manifests of the shop on ports that nobody uses. */
async function shopFolder(
  t: TestContext,
): Promise<{ readonly root: string; readonly url: string; readonly port: number }> {
  const [port, backend] = [await freePort(), await freePort()];
  const text = shop.replace('port: 80\n      protocol', `port: ${port}\n      protocol`)
    .replace('127.0.0.1:3000', `127.0.0.1:${backend}`);
  return { root: folder(t, { 'shop.yaml': text }), url: `http://127.0.0.1:${port}`, port };
}

const RUNTIMES: readonly (readonly [name: string, command: readonly string[]])[] = [
  ['Node', [process.execPath, main]],
  ['Deno', [deno, 'run', '-A', main]],
];

for (const [runtime, command] of RUNTIMES) {
  test(`\`run --echo\` serves, follows an edit, keeps serving through a bad one, and drains (${runtime})`, async (t) => {
    const { root, url } = await shopFolder(t);
    const child = start(t, [
      ...command,
      'run',
      '--echo',
      '--status-address',
      '127.0.0.1:0',
      '--concurrency',
      '1',
      root,
    ]);
    const [, status] = await child.says(/status API: (http:\S+)/);
    assert.equal((await fetch(`${status}/readyz`)).status, 200);
    const answer = await get(`${url}/hello`, 'shop.example.com');
    assert.equal(answer.status, 200);
    assert.equal((JSON.parse(answer.body) as { name: string }).name, 'shop');
    assert.equal((await get(url, 'store.example.com')).status, 404);

    const file = join(root, 'shop.yaml');
    const edited = readFileSync(file, 'utf8').replace('shop.example.com', 'store.example.com');
    writeFileSync(file, edited);
    await until(async () => (await get(url, 'store.example.com')).status === 200);

    // Nobody is warned of what nobody can mend.
    assert.doesNotMatch(child.output(), /"level":"(warn|error)"/);

    writeFileSync(file, edited.replace('port: 80\n', 'port: eighty\n'));
    await child.says(/shop\.yaml:\d+:\d+/);
    assert.equal((await get(url, 'store.example.com')).status, 200);
    writeFileSync(file, edited.replace('- name: shop', '- name: shed'));
    await child.says(/shop\.yaml:\d+:\d+.*spec\.rules\[0\]\.backendRefs\[0\].*shed does not exist/);

    const [asked, said] = [performance.now(), child.output().length];
    child.process.kill('SIGTERM');
    assert.equal(await child.exited, 0);
    assert.ok(performance.now() - asked < 10_000);
    assert.doesNotMatch(child.output().slice(said), /"level":"(warn|error)"/);
    await assert.rejects(get(url, 'store.example.com'));
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!await holds()) assert.ok(performance.now() < deadline, 'it did not come true within 10 s');
}

test('`run` names the listener and the flags if its port is taken, and ends with 1', async (t) => {
  const { root, port } = await shopFolder(t);
  await using _ = await startEcho({ name: 'other', port });
  const child = start(t, [process.execPath, main, 'run', '--status-address', '127.0.0.1:0', root]);
  await child.says(
    new RegExp(`Gateway default/web, listener http: 127.0.0.1:${port} is taken.*--port-shift or --bind`),
  );
  assert.equal(await child.exited, 1);
});

test('`run` names --status-address if its port is taken, and ends with 1', async (t) => {
  const { root } = await shopFolder(t);
  await using other = await startEcho({ name: 'other' });
  const child = start(t, [
    process.execPath,
    main,
    'run',
    '--status-address',
    `127.0.0.1:${other.port}`,
    root,
  ]);
  await child.says(new RegExp(`status API: 127.0.0.1:${other.port} is taken.*--status-address`));
  assert.equal(await child.exited, 1);
});

test('`run` names an Envoy that is none', async (t) => {
  const child = start(t, [process.execPath, main, 'run', '--envoy', '/nonexistent/envoy', examples]);
  await child.says(/--envoy names \/nonexistent\/envoy/);
  assert.equal(await child.exited, 1);
});

test('`run` of an empty folder is ready and says that nothing listens', async (t) => {
  const child = start(t, [process.execPath, main, 'run', '--status-address', '127.0.0.1:0', folder(t)]);
  await child.says(/nothing listens yet/);
});
