import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_WELL, expectAnswers, parentConditions } from './expect.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

const SERVICES = service('a') + service('b') + service('c') + service('d');

/** A rule that sends what matches to a backend. */
function rule(to: string, matches: string): string {
  return `{ backendRefs: [{ name: ${to}, port: 80 }], matches: ${matches} }`;
}

test('paths match exactly, by whole segments of a prefix, or by a regular expression', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': SERVICES,
      'route.yaml': httpRoute('web', {
        rules: `[
          ${rule('a', '[{ path: { type: Exact, value: /one } }, { path: { type: Exact, value: /Case/ } }]')},
          ${rule('b', '[{ path: { type: PathPrefix, value: /two } }]')},
          ${rule('c', '[{ path: { type: PathPrefix, value: /three/ } }]')},
          ${rule('d', String.raw`[{ path: { type: RegularExpression, value: '/v\d+/(x|y)' } }]`)},
        ]`,
      }),
    },
  });
  await expectAnswers(dragoman.port('http'), [
    { path: '/one', to: 'a' },
    { path: '/one?query=1', to: 'a' },
    { path: '/one/', to: 404 },
    { path: '/one/two', to: 404 },
    { path: '/One', to: 404 },
    { path: '/Case/', to: 'a' },
    { path: '/Case', to: 404 },
    { path: '/', to: 404 },
    { path: '/two', to: 'b' },
    { path: '/two/', to: 'b' },
    { path: '/two?x', to: 'b' },
    { path: '/two/more/of/it', to: 'b' },
    { path: '/twofold', to: 404 },
    { path: '/TWO', to: 404 },
    { path: '/three', to: 'c' },
    { path: '/three/four', to: 'c' },
    { path: '/threefold', to: 404 },
    { path: '/v12/x', to: 'd' },
    { path: '/v1/y?z=1', to: 'd' },
    { path: '/v1/z', to: 404 },
    { path: '/more/v1/x', to: 404 },
    { path: '/v1/x/more', to: 404 },
  ]);
  assert.deepEqual(parentConditions(dragoman, { route: 'web' }), ALL_WELL);
});

test('a path may be written with escapes that it does not need, in the route and in the request', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': SERVICES,
      'route.yaml': httpRoute('web', {
        rules: `[
          ${rule('a', '[{ path: { type: Exact, value: /%41%2d%7E%39 } }]')},
          ${rule('b', '[{ path: { value: /%7ejoe } }]')},
          ${rule('c', '[{ path: { type: Exact, value: /caf%C3%A9%20 } }]')},
        ]`,
      }),
    },
  });
  await expectAnswers(dragoman.port('http'), [
    { path: '/%41%2d%7E%39', to: 'a' },
    { path: '/A-~9', to: 'a' },
    { path: '/%61-~9', to: 404 },
    { path: '/%7Ejoe/x', to: 'b' },
    { path: '/~joe', to: 'b' },
    { path: '/caf%C3%A9%20', to: 'c' },
  ]);
});

test('headers, methods and query parameters match, all that one match names and any of the matches', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': SERVICES,
      'route.yaml': httpRoute('web', {
        rules: `[
          ${rule('a', '[{ headers: [{ name: Version, value: one }] }]')},
          ${rule('b', '[{ headers: [{ name: version, value: two }, { name: Color, value: blue }] }]')},
          ${
          rule(
            'c',
            `[
              { headers: [{ name: color, type: RegularExpression, value: 'gr(e|a)y|green-[0-9]+' }] },
              { headers: [{ name: Same, value: first }, { name: same, value: second }] },
            ]`,
          )
        },
          ${rule('a', '[{ method: POST }]')},
          ${rule('b', '[{ method: DELETE, path: { value: /items } }]')},
          ${rule('c', '[{ method: PATCH, headers: [{ name: version, value: one }] }]')},
          ${rule('a', '[{ queryParams: [{ name: animal, value: whale }] }]')},
          ${rule('b', '[{ queryParams: [{ name: animal, value: dolphin }, { name: color, value: blue }] }]')},
          ${rule('c', `[{ queryParams: [{ name: n, type: RegularExpression, value: '[0-9]{2}' }] }]`)},
        ]`,
      }),
    },
  });
  await expectAnswers(dragoman.port('http'), [
    { headers: { version: 'one' }, to: 'a' },
    { headers: { VERSION: 'one' }, to: 'a' },
    { headers: { version: 'One' }, to: 404 },
    { headers: { version: 'one more' }, to: 404 },
    { headers: { version: 'two' }, to: 404 },
    { headers: { version: 'two', color: 'blue' }, to: 'b' },
    { headers: { version: 'two', color: 'blue', other: 'x' }, to: 'b' },
    { headers: { color: 'gray' }, to: 'c' },
    { headers: { color: 'green-12' }, to: 'c' },
    { headers: { color: 'dark-gray' }, to: 404 },
    // Of equivalent names the first counts.
    { headers: { same: 'first' }, to: 'c' },
    { headers: { same: 'second' }, to: 404 },
    { method: 'POST', to: 'a' },
    { method: 'DELETE', to: 404 },
    { method: 'DELETE', path: '/items/1', to: 'b' },
    { method: 'PATCH', headers: { version: 'one' }, to: 'c' },
    { method: 'PATCH', to: 404 },
    { path: '/?animal=whale', to: 'a' },
    { path: '/any?x=1&animal=whale&y=2', to: 'a' },
    { path: '/?animal=Whale', to: 404 },
    { path: '/?animals=whale', to: 404 },
    { path: '/?Animal=whale', to: 404 },
    { path: '/?animal=dolphin', to: 404 },
    { path: '/?color=blue&animal=dolphin', to: 'b' },
    { path: '/?n=42', to: 'c' },
    { path: '/?n=421', to: 404 },
    // Of a repeated parameter the first counts.
    { path: '/?animal=whale&animal=ant', to: 'a' },
  ]);
  assert.deepEqual(parentConditions(dragoman, { route: 'web' }), ALL_WELL);
});

test('the most specific match of a route is used, whatever the order of rules', async () => {
  const header = (name: string): string => `{ name: ${name}, value: yes }`;
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': SERVICES,
      'paths.yaml': httpRoute('paths', {
        more: 'hostnames: [paths.example]',
        rules: `[
          ${rule('a', '[{ path: { value: / } }]')},
          ${rule('b', '[{ path: { value: /match/ } }]')},
          ${rule('c', '[{ path: { value: /match/prefix } }]')},
          ${rule('d', '[{ path: { type: Exact, value: /match } }]')},
          ${rule('a', '[{ path: { type: Exact, value: /match/prefix/exact } }]')},
        ]`,
      }),
      'others.yaml': httpRoute('others', {
        more: 'hostnames: [others.example]',
        rules: `[
          ${rule('a', `[{ headers: [${header('x')}] }]`)},
          ${rule('b', `[{ headers: [${header('x')}, ${header('y')}] }]`)},
          ${rule('c', '[{ method: PUT }]')},
          ${rule('d', '[{ queryParams: [{ name: q, value: yes }] }]')},
          ${rule('a', '[{ queryParams: [{ name: q, value: yes }, { name: r, value: yes }] }]')},
          ${rule('b', '[{ path: { value: /long } }]')},
        ]`,
      }),
      'ties.yaml': httpRoute('ties', {
        more: 'hostnames: [ties.example]',
        rules: `[
          ${rule('a', `[{ headers: [${header('x')}, ${header('y')}] }]`)},
          ${rule('b', `[{ headers: [${header('y')}, ${header('x')}] }]`)},
          ${rule('nobody', '[{ path: { type: Exact, value: /invalid } }]')},
          ${rule('c', '[{ path: { type: Exact, value: /invalid } }]')},
        ]`,
      }),
    },
  });
  const [x, y] = [{ x: 'yes' }, { y: 'yes' }];
  await expectAnswers(dragoman.port('http'), [
    { host: 'paths.example', path: '/other', to: 'a' },
    { host: 'paths.example', path: '/match', to: 'd' },
    { host: 'paths.example', path: '/match/any', to: 'b' },
    { host: 'paths.example', path: '/match/prefix', to: 'c' },
    { host: 'paths.example', path: '/match/prefix/exact', to: 'a' },
    { host: 'paths.example', path: '/match/prefix/exact/more', to: 'c' },
    { host: 'others.example', headers: x, to: 'a' },
    { host: 'others.example', headers: { ...x, ...y }, to: 'b' },
    { host: 'others.example', headers: { ...x, ...y }, method: 'PUT', to: 'c' },
    { host: 'others.example', headers: x, path: '/?q=yes&r=yes', to: 'a' },
    { host: 'others.example', path: '/?q=yes', to: 'd' },
    { host: 'others.example', path: '/?q=yes&r=yes', to: 'a' },
    { host: 'others.example', path: '/long?q=yes', headers: x, method: 'PUT', to: 'b' },
    { host: 'others.example', to: 404 },
    { host: 'ties.example', headers: { ...x, ...y }, to: 'a' },
    { host: 'ties.example', path: '/invalid', to: 500 },
  ]);
  assert.deepEqual(parentConditions(dragoman, { route: 'others' }), ALL_WELL);
  assert.deepEqual(parentConditions(dragoman, { route: 'ties' }), {
    ...ALL_WELL,
    ResolvedRefs: 'False/BackendNotFound',
  });
});

/** An HTTPRoute with a creation time, which nothing but age tells from another. */
function aged(name: string, { to, created }: { readonly to: string; readonly created?: string }): string {
  const route = httpRoute(name, { more: 'hostnames: [www.example]', rules: `[${rule(to, '[{}]')}]` });
  return created === undefined
    ? route
    : route.replace(`name: ${name} }`, `name: ${name}, creationTimestamp: "${created}" }`);
}

test('between routes the specific match counts, then the older route, then the first name', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': SERVICES,
      'one.yaml': httpRoute('one', {
        more: 'hostnames: [both.example, alone.example]',
        rules: `[${rule('a', '[{ path: { value: / } }, { headers: [{ name: version, value: one }] }]')}]`,
      }),
      'two.yaml': httpRoute('two', {
        more: 'hostnames: [both.example]',
        rules: `[${rule('b', '[{ path: { value: /v2 } }, { headers: [{ name: version, value: two }] }]')}]`,
      }),
      'young.yaml': aged('aaa', { to: 'a', created: '2024-02-01T00:00:00Z' }),
      'old.yaml': aged('zzz', { to: 'b', created: '2024-01-01T00:00:00Z' }),
    },
  });
  const port = dragoman.port('http');
  await expectAnswers(port, [
    { host: 'both.example', path: '/example', to: 'a' },
    { host: 'alone.example', path: '/example', to: 'a' },
    { host: 'both.example', headers: { version: 'one' }, to: 'a' },
    { host: 'both.example', path: '/v2', to: 'b' },
    { host: 'alone.example', path: '/v2', to: 'a' },
    { host: 'both.example', path: '/v2/example', to: 'b' },
    { host: 'both.example', headers: { version: 'two' }, to: 'b' },
    { host: 'www.example', to: 'b' },
  ]);
  await dragoman.write('old.yaml', aged('zzz', { to: 'b', created: '2024-02-01T00:00:00Z' }));
  await eventually(() => expectAnswers(port, [{ host: 'www.example', to: 'a' }]));
  await dragoman.write('young.yaml', aged('zzzz', { to: 'a', created: '2024-02-01T00:00:00Z' }));
  await eventually(() => expectAnswers(port, [{ host: 'www.example', to: 'b' }]));
});

test('the specific hostname goes first, and what none of its rules takes goes to wildcards', async () => {
  const only = (to: string, path: string): string => `[${rule(to, `[{ path: { value: ${path} } }]`)}]`;
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': SERVICES,
      'exact.yaml': httpRoute('exact', { more: 'hostnames: [a.b.example]', rules: only('a', '/exact') }),
      'wild.yaml': httpRoute('wild', {
        more: `hostnames: ['*.b.example']`,
        rules: only('b', '/exact/longer'),
      }),
      'wider.yaml': httpRoute('wider', { more: `hostnames: ['*.example']`, rules: only('c', '/wider') }),
      'any.yaml': httpRoute('any', { rules: only('d', '/') }),
    },
  });
  await expectAnswers(dragoman.port('http'), [
    // A less specific path of a more specific hostname wins.
    { host: 'a.b.example', path: '/exact/longer', to: 'a' },
    { host: 'x.b.example', path: '/exact/longer', to: 'b' },
    { host: 'x.y.b.example', path: '/exact/longer', to: 'b' },
    { host: 'b.example', path: '/exact/longer', to: 'd' },
    { host: 'a.b.example', path: '/wider', to: 'c' },
    { host: 'b.example', path: '/wider', to: 'c' },
    { host: 'example', path: '/wider', to: 'd' },
    { host: 'a.b.example', path: '/other', to: 'd' },
    { host: 'A.B.Example:1234', path: '/exact', to: 'a' },
    { host: 'unknown.test', to: 'd' },
  ]);
});

test('a rule with an invalid regular expression answers 500 to what its other matches take', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': SERVICES,
      'route.yaml': httpRoute('partly', {
        rules: `[
          ${rule('a', '[{ path: { value: / } }]')},
          ${rule('b', `[{ path: { value: /x } }, { path: { type: RegularExpression, value: '/(?=x)' } }]`)},
        ]`,
      }),
      'wholly.yaml': httpRoute('wholly', {
        more: 'hostnames: [wholly.example]',
        rules: `[${rule('a', `[{ path: { type: RegularExpression, value: '/(' } }]`)}]`,
      }),
    },
  });
  await expectAnswers(dragoman.port('http'), [{ path: '/y', to: 'a' }, { path: '/x', to: 500 }]);
  assert.deepEqual(parentConditions(dragoman, { route: 'partly' }), {
    ...ALL_WELL,
    PartiallyInvalid: 'True/UnsupportedValue',
  });
  assert.deepEqual(parentConditions(dragoman, { route: 'wholly' }), {
    ...ALL_WELL,
    Accepted: 'False/UnsupportedValue',
  });
});
