import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { eventually } from '../testing/eventually.ts';
import { loadFolder } from './folder.ts';
import { FolderError } from './problem.ts';
import { service, stream } from './testing/manifests.ts';
import { type WatchedFolder, watchFolder, type WatchOptions } from './watch.ts';

function temporary(t: TestContext): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'dragoman-files-')));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function put(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

interface Followed {
  readonly folder: WatchedFolder;
  /** `name:port` of each Service as the updates add up, in order. */
  readonly state: () => string;
  /** Every state that was there, from the first. */
  readonly history: string[];
  readonly becomes: (expected: string) => Promise<void>;
}

async function follow(
  t: TestContext,
  path: string,
  options: Pick<WatchOptions, 'settleMs'> = {},
): Promise<Followed> {
  const objects = new Map<string, string>();
  const history: string[] = [];
  const folder = await watchFolder(path, {
    ...options,
    onUpdate: ({ changes }) => {
      for (const change of changes) {
        if ('delete' in change) objects.delete(change.delete.key);
        else if (change.set.kind === 'Service') {
          objects.set(change.set.key, `${change.set.metadata.name}:${change.set.spec.ports?.[0]?.port}`);
        }
      }
      history.push(state());
    },
  });
  t.after(() => folder.close());
  function state(): string {
    return [...objects.values()].sort().join(' ');
  }
  async function becomes(expected: string): Promise<void> {
    await eventually(() => assert.equal(state(), expected));
  }
  return { folder, state, history, becomes };
}

/** Of who saves in steps, however slow the machine is between them. */
const PATIENT = { settleMs: 60_000 };

test('watchFolder() begins with every manifest below the folder, hidden files and backups left out', async (t) => {
  const root = temporary(t);
  put(root, {
    'a.yaml': service('a'),
    'sub/deep/b.yml': service('b'),
    'c.json': JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'c' },
      spec: { ports: [{ port: 1 }] },
    }),
    '.hidden.yaml': service('x'),
    '.git/d.yaml': service('x'),
    'e.yaml~': service('x'),
    'README.md': 'text',
  });
  const { state, history } = await follow(t, root);
  assert.equal(state(), 'a:80 b:80 c:1');
  assert.equal(history.length, 1);
});

test('watchFolder() follows edits, additions, new folders and deletions', async (t) => {
  const root = temporary(t);
  put(root, { 'a.yaml': service('a') });
  const { becomes } = await follow(t, root);
  put(root, { 'a.yaml': service('a', 81) });
  await becomes('a:81');
  put(root, { 'new/sub/b.yaml': service('b') });
  await becomes('a:81 b:80');
  put(root, { 'new/sub/b.yaml': service('b', 82) });
  await becomes('a:81 b:82');
  renameSync(join(root, 'new'), join(root, 'other'));
  put(root, { 'other/sub/b.yaml': service('b', 83) });
  await becomes('a:81 b:83');
  rmSync(join(root, 'other'), { recursive: true });
  await becomes('a:81');
  unlinkSync(join(root, 'a.yaml'));
  await becomes('');
});

test('a save that empties the file first never shows', async (t) => {
  const root = temporary(t);
  const file = join(root, 'a.yaml');
  put(root, { 'a.yaml': stream(service('a'), service('b')) });
  const { becomes, history } = await follow(t, root, PATIENT);
  const next = stream(service('a', 81), service('b', 81));
  writeFileSync(file, '');
  await sleep(40);
  appendFileSync(file, next.slice(0, 30));
  await sleep(40);
  appendFileSync(file, next.slice(30, next.indexOf('---')));
  await sleep(40);
  appendFileSync(file, next.slice(next.indexOf('---')));
  await becomes('a:81 b:81');
  assert.deepEqual(history.filter((state) => state !== 'a:80 b:80' && state !== 'a:81 b:81'), []);
});

test('a save by rename never shows the gap', async (t) => {
  const root = temporary(t);
  const file = join(root, 'a.yaml');
  put(root, { 'a.yaml': service('a') });
  const { becomes, history } = await follow(t, root, PATIENT);
  renameSync(file, `${file}~`);
  await sleep(30);
  put(root, { '4913': '', '.a.yaml.swp': 'x', '.new': service('a', 81) });
  renameSync(join(root, '.new'), file);
  await becomes('a:81');
  await sleep(100);
  assert.deepEqual([...new Set(history)], ['a:80', 'a:81']);
});

test('a broken document leaves its last good version and all others serving, and is reported', async (t) => {
  const root = temporary(t);
  put(root, { 'a.yaml': stream(service('a'), service('b')) });
  const { folder, becomes, state } = await follow(t, root);
  put(root, { 'a.yaml': stream(service('a').replace('80', 'eighty'), service('b', 81)) });
  await becomes('a:80 b:81');
  const [problem] = folder.problems();
  assert.deepEqual([problem?.file, problem?.line, problem?.object], [
    join(root, 'a.yaml'),
    7,
    'Service/default/a',
  ]);
  put(root, { 'a.yaml': 'a: }' });
  await eventually(() => assert.match(folder.problems()[0]?.message ?? '', /YAML/));
  assert.equal(state(), 'a:80 b:81');
  put(root, { 'a.yaml': stream(service('a', 90), service('b', 90)) });
  await becomes('a:90 b:90');
  assert.deepEqual(folder.problems(), []);
});

test('a mounted ConfigMap changes by its `..data` link', async (t) => {
  const root = temporary(t);
  put(root, { '..1/a.yaml': service('a', 1), '..2/a.yaml': service('a', 2) });
  symlinkSync('..1', join(root, '..data'));
  symlinkSync('..data/a.yaml', join(root, 'a.yaml'));
  const { becomes, state } = await follow(t, root);
  assert.equal(state(), 'a:1');
  symlinkSync('..2', join(root, '..data_tmp'));
  renameSync(join(root, '..data_tmp'), join(root, '..data'));
  await becomes('a:2');
});

test('links are followed, loops end, and links to nowhere are reported', async (t) => {
  const root = temporary(t);
  const outside = temporary(t);
  put(outside, { 'a.yaml': service('a'), 'more/b.yaml': service('b') });
  symlinkSync(join(outside, 'a.yaml'), join(root, 'a.yaml'));
  symlinkSync(join(outside, 'more'), join(root, 'more'));
  symlinkSync(root, join(root, 'loop'));
  symlinkSync('nowhere', join(root, 'gone.yaml'));
  const { folder, state, becomes } = await follow(t, root);
  assert.equal(state(), 'a:80 b:80');
  assert.deepEqual(folder.problems().map(({ file }) => file), [join(root, 'gone.yaml')]);
  put(outside, { 'a.yaml': service('a', 81), 'more/b.yaml': service('b', 81) });
  await becomes('a:81 b:81');
});

test('a folder that goes away leaves everything serving until it is back', async (t) => {
  const root = join(temporary(t), 'manifests');
  put(root, { 'a.yaml': service('a') });
  const { folder, state, becomes } = await follow(t, root);
  rmSync(root, { recursive: true });
  await eventually(() => assert.match(folder.problems()[0]?.message ?? '', /does not exist/));
  assert.equal(state(), 'a:80');
  put(root, { 'a.yaml': service('a', 81) });
  await becomes('a:81');
  await eventually(() => assert.deepEqual(folder.problems(), []));
});

test('watchFolder() follows a single file', async (t) => {
  const root = temporary(t);
  put(root, { 'a.yaml': service('a'), 'b.yaml': service('b') });
  const { state, becomes } = await follow(t, join(root, 'a.yaml'));
  assert.equal(state(), 'a:80');
  put(root, { 'next': service('a', 81) });
  renameSync(join(root, 'next'), join(root, 'a.yaml'));
  await becomes('a:81');
  put(root, { 'a.yaml': service('a', 82) });
  await becomes('a:82');
});

test('one edit among 2,000 documents of a file is one change', async (t) => {
  const root = temporary(t);
  const services = Array.from({ length: 2000 }, (_, index) => service(`s${index}`));
  put(root, { 'a.yaml': stream(...services) });
  const counts: number[] = [];
  const folder = await watchFolder(root, { onUpdate: ({ changes }) => counts.push(changes.length) });
  t.after(() => folder.close());
  services[1000] = service('s1000', 81);
  put(root, { 'a.yaml': stream(...services) });
  while (counts.length < 2) await sleep(5);
  assert.deepEqual(counts, [2000, 1]);
});

test('loadFolder() reads standard input for `-`', async () => {
  const bytes = new TextEncoder().encode(service('a'));
  async function* stdin(): AsyncGenerator<Uint8Array> {
    yield bytes.slice(0, 10);
    yield bytes.slice(10);
  }
  const folder = await loadFolder('-', { stdin: stdin() });
  assert.deepEqual(folder.objects().map(({ key }) => key), ['default/a']);
  assert.equal(folder.sourceOf('Service', 'default/a')?.file, 'stdin');
});

test('a missing folder is an error that names it', async (t) => {
  const missing = join(temporary(t), 'missing');
  for (const read of [() => loadFolder(missing), () => watchFolder(missing, { onUpdate: () => {} })]) {
    await assert.rejects(
      read,
      (error) => error instanceof FolderError && error.message === `${missing} does not exist`,
    );
  }
});

test('a file that is no text, too large or denied is reported, and the others are read', async (t) => {
  const root = temporary(t);
  put(root, {
    'a.yaml': service('a'),
    'large.yaml': '#'.repeat(33 * 1024 * 1024),
    'denied.yaml': service('b'),
  });
  writeFileSync(join(root, 'binary.yaml'), new Uint8Array([0xff, 0xfe, 0x00]));
  chmodSync(join(root, 'denied.yaml'), 0);
  const folder = await loadFolder(root);
  const problems = new Set(
    folder.problems().map(({ file, message }) => `${file.slice(root.length + 1)} ${message}`),
  );
  assert.ok(problems.has('binary.yaml is not UTF-8 text'));
  assert.ok(problems.has('large.yaml has 33.0 MiB, more than a manifest file may have'));
  // Root may read everything.
  if (process.getuid?.() !== 0) assert.ok(problems.has('denied.yaml cannot be read: permission denied'));
  assert.ok(folder.objects().some(({ key }) => key === 'default/a'));
});

test('an update tells when its change was noticed', async (t) => {
  const root = temporary(t);
  put(root, { 'a.yaml': service('a', 1) });
  const times: { readonly since: number; readonly told: number }[] = [];
  const clock = (): number => performance.timeOrigin + performance.now();
  const folder = await watchFolder(root, { onUpdate: ({ since }) => times.push({ since, told: clock() }) });
  t.after(() => folder.close());
  await sleep(50);
  const written = clock();
  put(root, { 'a.yaml': service('a', 2) });
  while (times.length < 2) await sleep(5);
  const { since = 0, told = 0 } = times.at(-1) ?? {};
  assert.ok(written <= since && since <= told, `${written} ${since} ${told}`);
});
