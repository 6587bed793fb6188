import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_WELL, parentConditions, seenHeader } from './expect.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { send } from './request.ts';
import { Standalone } from './standalone.ts';

function rewrite(url: string): string {
  return `{ type: URLRewrite, urlRewrite: ${url} }`;
}

function prefix(to: string): string {
  return rewrite(`{ path: { type: ReplacePrefixMatch, replacePrefixMatch: '${to}' } }`);
}

function full(to: string): string {
  return rewrite(`{ path: { type: ReplaceFullPath, replaceFullPath: '${to}' } }`);
}

function rule(match: string, filters: string): string {
  return `{ matches: [${match}], filters: [${filters}], backendRefs: [{ name: a, port: 80 }] }`;
}

test('a prefix is replaced with neither a missing nor a double slash, and the query stays', async () => {
  // Matched prefix, replacement, and what becomes of paths.
  const cases: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
    ['/foo', '/xyz', {
      '/foo/bar': '/xyz/bar',
      '/foo': '/xyz',
      '/foo/': '/xyz/',
      '/foo?q=/foo': '/xyz?q=/foo',
    }],
    ['/foo', '/xyz/', { '/foo/bar': '/xyz/bar', '/foo': '/xyz', '/foo/': '/xyz/' }],
    ['/foo/', '/xyz', { '/foo/bar': '/xyz/bar', '/foo': '/xyz', '/foo/': '/xyz/' }],
    ['/foo/', '/xyz/', { '/foo/bar': '/xyz/bar', '/foo/bar/': '/xyz/bar/' }],
    ['/foo', '', { '/foo/bar': '/bar', '/foo/': '/', '/foo': '/', '/foo?q=1': '/?q=1' }],
    ['/foo', '/', { '/foo/bar': '/bar', '/foo/': '/', '/foo': '/', '/foo/foo/x?a=b': '/foo/x?a=b' }],
    ['/', '/xyz', { '/': '/xyz/', '/bar': '/xyz/bar', '/bar?q=1': '/xyz/bar?q=1' }],
    ['/', '/', { '/': '/', '/bar': '/bar' }],
    ['/a.b', '/', { '/a.b/c': '/c' }],
    ['/deep/er', '/x', { '/deep/er/deep/er': '/x/deep/er' }],
    ['/foo', 'bare', { '/foo/bar': '/bare/bar' }],
  ];
  const routes = cases.map(([match, to], index) =>
    httpRoute(`r${index}`, {
      more: `hostnames: [h${index}.example]`,
      rules: `[${rule(`{ path: { value: ${match} } }`, prefix(to))}]`,
    })
  );
  await using dragoman = await Standalone.start({
    files: { 'gateway.yaml': gateway(), 'services.yaml': service('a'), 'routes.yaml': routes.join('') },
  });
  const port = dragoman.port('http');
  for (const [index, [match, to, paths]] of cases.entries()) {
    for (const [path, expected] of Object.entries(paths)) {
      const { seen } = await send({ port, host: `h${index}.example`, path });
      assert.equal(seen?.path, expected, `${path} with ${match} replaced by '${to}'`);
    }
  }
  assert.deepEqual(parentConditions(dragoman, { route: 'r0' }), ALL_WELL);
});

test('the full path and the host are rewritten, along with changes of headers', async () => {
  const headers = `{ type: RequestHeaderModifier, requestHeaderModifier: {
    set: [{ name: x-set, value: new }], add: [{ name: x-add, value: new }], remove: [x-remove] } }`;
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a'),
      'route.yaml': httpRoute('web', {
        rules: `[
          ${rule('{ path: { value: /full } }', full('/one'))},
          ${rule('{ path: { value: /regex } }', full(String.raw`/\1`))},
          ${rule('{ path: { type: RegularExpression, value: "/re/.*" } }', full('/two'))},
          ${rule('{ path: { value: /host } }', rewrite('{ hostname: one.example.org }'))},
          ${
          rule(
            '{ path: { value: /both } }',
            `${
              rewrite(
                '{ hostname: two.example.org, path: { type: ReplacePrefixMatch, replacePrefixMatch: /x } }',
              )
            }, ${headers}`,
          )
        },
          { matches: [{ path: { value: /backend } }], backendRefs: [{ name: a, port: 80, filters: [${
          prefix('/own')
        }] }] },
          { matches: [{ path: { value: /own-full } }], backendRefs: [{ name: a, port: 80, filters: [${
          full('/rewritten')
        }] }] },
        ]`,
      }),
    },
  });
  const port = dragoman.port('http');
  const path = async (from: string) => (await send({ port, path: from })).seen?.path;
  assert.equal(await path('/full/a/b?q=1&r=%20'), '/one?q=1&r=%20');
  assert.equal(await path('/regex'), String.raw`/\1`);
  assert.equal(await path('/re/x/y'), '/two');
  assert.equal((await send({ port, path: '/host/x', host: 'www.example' })).seen?.host, 'one.example.org');
  const both = await send({
    port,
    path: '/both/y',
    headers: { 'x-set': 'o', 'x-add': 'o', 'x-remove': 'o' },
  });
  assert.deepEqual([both.seen?.path, both.seen?.host], ['/x/y', 'two.example.org']);
  assert.deepEqual(
    [seenHeader(both, 'x-set'), seenHeader(both, 'x-add')?.replace(', ', ','), seenHeader(both, 'x-remove')],
    ['new', 'o,new', undefined],
  );
  assert.equal(await path('/backend/original'), '/own/original');
  assert.equal(await path('/own-full/original'), '/rewritten');
  assert.deepEqual(parentConditions(dragoman, { route: 'web' }), ALL_WELL);
});

test('each of two backends has rewrites of its own', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('a') + service('b'),
      'route.yaml': httpRoute('web', {
        rules: `[{ matches: [{ path: { value: /x } }], filters: [${
          rewrite('{ hostname: rule.example }')
        }], backendRefs: [
          { name: a, port: 80, filters: [${prefix('/a')}] },
          { name: b, port: 80, filters: [${
          rewrite('{ hostname: b.example, path: { type: ReplaceFullPath, replaceFullPath: /b } }')
        }] },
          { name: missing, port: 80, filters: [${prefix('/c')}] },
        ] }]`,
      }),
    },
  });
  const port = dragoman.port('http');
  const seen = new Set<string>();
  for (let i = 0; i < 80; i++) {
    const { status, seen: by } = await send({ port, path: '/x/y' });
    seen.add([status, by?.name, by?.path, by?.host].join(' '));
  }
  assert.deepEqual([...seen].sort(), ['200 a /a/y rule.example', '200 b /b b.example', '500   ']);
});
