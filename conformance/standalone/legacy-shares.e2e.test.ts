import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { SeenRequest } from '../../lib/echo/mod.ts';
import { assertShare, tally } from './expect.ts';
import { legacy, listener } from './legacy.ts';
import { service } from './manifests.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

const REQUESTS = 2_000;
const shadowed: SeenRequest[] = [];
let dragoman: Standalone;

/** Mappings of one group: what each of them says, by the service that it is for. */
function group(path: string, members: Readonly<Record<string, string>>): string {
  return Object.entries(members).map(([name, more]) =>
    legacy('Mapping', `${path}-${name}`, `{ hostname: "*", prefix: /${path}/, service: ${name}, ${more} }`)
  ).join('');
}

before(async () => {
  dragoman = await Standalone.start({
    echoes: { shadow: { onRequest: (seen) => shadowed.push(seen) } },
    files: {
      'all.yaml': listener('http') +
        legacy('Host', 'all', '{ hostname: "*", requestPolicy: { insecure: { action: Route } } }') +
        ['a', 'b', 'rest', 'shadow'].map((name) => service(name)).join('') +
        group('none', { a: '', b: 'weight: 0' }) + group('tenth', { a: '', b: 'weight: 10' }) +
        group('half', { a: '', b: 'weight: 50' }) + group('all', { a: '', b: 'weight: 100' }) +
        group('through', { a: 'weight: 20', b: 'weight: 30' }) +
        group('copied', { a: '', b: 'weight: 10', shadow: 'shadow: true, weight: 50' }) +
        group('alone', { shadow: 'shadow: true' }) + group('too-much', { a: 'weight: 60', b: 'weight: 60' }) +
        legacy('Mapping', 'rest', '{ hostname: "*", prefix: /, service: rest }'),
    },
  });
});

after(() => dragoman[Symbol.asyncDispose]());

async function ask(path: string): Promise<Readonly<Record<string, number>>> {
  return await tally({ port: dragoman.port('http'), path: `/${path}/`, host: 'www.example' }, {
    times: REQUESTS,
  });
}

/** In percent; nobody else answers, and who has no share answers nothing. */
function assertShares(
  answers: Readonly<Record<string, number>>,
  expected: Readonly<Record<string, number>>,
): void {
  assert.deepEqual(Object.keys(answers).sort(), Object.keys(expected).sort());
  for (const [name, percent] of Object.entries(expected)) {
    assertShare(answers[name], { of: REQUESTS, share: percent / 100, what: name });
  }
}

test('a canary of weight 0 has no request', async () => {
  assertShares(await ask('none'), { a: 100 });
});

test('a canary of weight 10 has a tenth of the requests', async () => {
  assertShares(await ask('tenth'), { a: 90, b: 10 });
});

test('a canary of weight 50 has half of the requests', async () => {
  assertShares(await ask('half'), { a: 50, b: 50 });
});

test('a canary of weight 100 has all requests', async () => {
  assertShares(await ask('all'), { b: 100 });
});

test('what weights leave falls through to the next Mapping', async () => {
  assertShares(await ask('through'), { a: 20, b: 30, rest: 50 });
});

test('a shadow has its share of copies, and never answers', async () => {
  shadowed.length = 0;
  assertShares(await ask('copied'), { a: 90, b: 10 });
  await eventually(() => assertShare(shadowed.length, { of: REQUESTS, share: 0.5, what: 'copies' }));
  assert.ok(shadowed.every(({ host }) => host === 'www.example'));
});

test('what only is a shadow, or is shared out more than once, answers nothing', async () => {
  for (const path of ['alone', 'too-much']) assertShares(await ask(path), { rest: 100 });
  for (const name of ['a', 'b']) {
    assert.partialDeepStrictEqual(dragoman.status(`Mapping/default/too-much-${name}`), { state: 'Inactive' });
  }
});
