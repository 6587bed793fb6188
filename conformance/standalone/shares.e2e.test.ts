import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeenRequest } from '../../lib/echo/mod.ts';
import { ALL_WELL, assertShare, parentConditions, tally } from './expect.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

const TIMES = 500;

/** A rule for `/name` with flow YAML of its backends. */
function rule(name: string, { backends, filters = '' }: { backends: string; filters?: string }): string {
  return `{ matches: [{ path: { value: /${name} } }], filters: [${filters}], backendRefs: [${backends}] }`;
}

function backend(name: string, rest = ''): string {
  return `{ name: ${name}, port: 80${rest === '' ? '' : `, ${rest}`} }`;
}

test('backends get requests in proportion to their weights, and 500 stands for invalid ones', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a') + service('b') + service('c'),
      'good.yaml': httpRoute('good', {
        rules: `[
          ${
          rule('three', {
            backends: `${backend('a', 'weight: 7')}, ${backend('b', 'weight: 3')}, ${
              backend('c', 'weight: 0')
            }`,
          })
        },
          ${rule('default', { backends: `${backend('a')}, ${backend('b', 'weight: 4')}` })},
          ${rule('zero', { backends: `${backend('a', 'weight: 0')}, ${backend('b', 'weight: 0')}` })},
        ]`,
      }),
      'bad.yaml': httpRoute('bad', {
        rules: `[${
          rule('invalid', { backends: `${backend('a', 'weight: 3')}, ${backend('missing', 'weight: 1')}` })
        }]`,
      }),
    },
  });
  const port = dragoman.port('http');
  const shares: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
    ['/three', { a: 0.7, b: 0.3 }],
    ['/default', { a: 0.2, b: 0.8 }],
    ['/zero', { 500: 1 }],
    ['/invalid', { a: 0.75, 500: 0.25 }],
  ];
  for (const [path, expected] of shares) {
    const counts = await tally({ port, path }, { times: TIMES });
    assert.deepEqual(Object.keys(counts).sort(), Object.keys(expected).sort(), path);
    for (const [name, share] of Object.entries(expected)) {
      assertShare(counts[name], { of: TIMES, share, what: `${path} to ${name}` });
    }
  }
  assert.deepEqual(parentConditions(dragoman, { route: 'good' }), ALL_WELL);
  assert.deepEqual(parentConditions(dragoman, { route: 'bad' }), {
    ...ALL_WELL,
    ResolvedRefs: 'False/BackendNotFound',
  });
});

function mirror(to: string, rest = ''): string {
  return `{ type: RequestMirror, requestMirror: { backendRef: { name: ${to}, port: 80 }${rest} } }`;
}

test('mirrors see all or a share of requests, and nobody sees their answers', async () => {
  const seen: SeenRequest[] = [];
  const record = { onRequest: (request: SeenRequest) => void seen.push(request) };
  await using dragoman = await Standalone.start({
    echoes: { m: record, n: record },
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a') + service('b') + service('m') + service('n'),
      'route.yaml': httpRoute('web', {
        rules: `[
          ${rule('all', { backends: backend('a'), filters: `${mirror('m')}, ${mirror('n')}` })},
          ${rule('percent', { backends: backend('a'), filters: mirror('m', ', percent: 20') })},
          ${
          rule('fraction', {
            backends: backend('a'),
            filters: mirror('m', ', fraction: { numerator: 1, denominator: 2 }'),
          })
        },
          ${rule('never', { backends: backend('a'), filters: mirror('m', ', percent: 0') })},
          ${
          rule('own', {
            backends: `${backend('a')}, ${backend('b', `filters: [${mirror('m', ', percent: 50')}]`)}`,
          })
        },
          ${
          rule('both', {
            backends: `${backend('a', `filters: [${mirror('n')}]`)}, ${backend('b')}`,
            filters: mirror('m', ', percent: 50'),
          })
        },
        ]`,
      }),
      'broken.yaml': httpRoute('broken', {
        rules: `[${rule('broken', { backends: backend('a'), filters: mirror('missing') })}]`,
      }),
    },
  });
  const port = dragoman.port('http');
  const mirrored = (path: string, name: string): number =>
    seen.filter((each) => each.path.startsWith(path) && each.name === name).length;

  const first = await send({
    port,
    path: '/all?status=418',
    method: 'POST',
    body: 'hello',
    host: 'www.example',
  });
  assert.deepEqual([first.status, first.seen?.name], [418, 'a']);
  await eventually(() => assert.equal(seen.length, 2));
  for (const { method, body, host, headers } of seen) {
    assert.deepEqual([method, body, host, headers['x-dragoman-chain']], [
      'POST',
      'hello',
      'www.example',
      undefined,
    ]);
  }
  assert.deepEqual(seen.map(({ name }) => name).sort(), ['m', 'n']);

  for (const [path, share] of [['/percent', 0.2], ['/fraction', 0.5], ['/never', 0]] as const) {
    assert.deepEqual(await tally({ port, path }, { times: TIMES }), { a: TIMES });
    await settled(() => seen.length);
    assertShare(mirrored(path, 'm'), { of: TIMES, share, what: path });
  }
  // Half of one backend's share, not half of all or none of it.
  const own = await tally({ port, path: '/own' }, { times: TIMES });
  const both = await tally({ port, path: '/both' }, { times: TIMES });
  await settled(() => seen.length);
  assertShare(own['b'], { of: TIMES, share: 0.5, what: '/own to b' });
  assertShare(mirrored('/own', 'm'), { of: own['b'] ?? 0, share: 0.5, what: '/own mirrored' });
  assertShare(mirrored('/both', 'm'), { of: TIMES, share: 0.5, what: '/both mirrored by the rule' });
  assert.equal(mirrored('/both', 'n'), both['a']);

  assert.equal((await send({ port, path: '/broken' })).seen?.name, 'a');
  assert.deepEqual(parentConditions(dragoman, { route: 'web' }), ALL_WELL);
  assert.deepEqual(parentConditions(dragoman, { route: 'broken' }), {
    ...ALL_WELL,
    ResolvedRefs: 'False/BackendNotFound',
  });
});

/** Mirrors answer nobody, so that they have come is seen by their no longer coming. */
async function settled(count: () => number): Promise<void> {
  for (let before = -1; before !== count();) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
