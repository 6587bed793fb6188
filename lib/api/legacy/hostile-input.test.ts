import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { decode, type Decoded } from '../decode.ts';
import { annotated } from './testing/decoded.ts';
import { inventory, pathsOf } from './testing/inventory.ts';
import { anySpellings } from './testing/spellings.ts';

/** Every problem is a sentence for people, not a stack trace. */
function assertSaid({ problems }: Pick<Decoded, 'problems'>): void {
  for (const { message, expected = '' } of problems) {
    assert.doesNotMatch(`${message} ${expected}`, /\n|\bat .*:\d+:\d+|Error\b|undefined|\[object/, message);
    assert.ok(message.length < 300);
  }
}

function manifest(kind: string, spec: unknown, version = 'v3alpha1'): object {
  return { apiVersion: `getambassador.io/${version}`, kind, metadata: { name: 'ambassador' }, spec };
}

const kinds = Object.entries(inventory).filter(([, versions]) => 'v3alpha1' in versions)
  .map(([name]) => name.split(' ')[0] ?? name);
const names = [
  ...new Set(Object.values(inventory).flatMap((versions) => Object.values(versions)).flatMap(pathsOf)),
]
  .flatMap((path) => path.split(/[.[\]{}]+/));
const odd = fc.oneof(
  fc.constantFrom('', '*', '${A}', '\u0000', '\ud800', 0, -1, 1.5, 1e308, true, null, [], {}, [[]], [null], [
    'a',
    1,
  ]),
  fc.anything({ maxDepth: 3 }),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    odd,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor', 'toString'), tie('tree'), {
      maxKeys: 4,
    }),
  ),
}));

test('whatever a spec holds, decode() says something or gives an object', () => {
  const written = fc.record({
    kind: fc.constantFrom(...kinds),
    version: fc.constantFrom('v3alpha1', 'v2', 'v1', 'v0', 'v4'),
    spec: tree,
  });
  fc.assert(
    fc.property(written, ({ kind, version, spec }) => {
      const decoded = decode(manifest(kind, spec, version));
      assertSaid(decoded);
      assert.equal(
        decoded.object === undefined,
        decoded.problems.some(({ severity }) => severity === 'error'),
      );
    }),
    { numRuns: 4000 },
  );
});

test('one odd value in a good spec is told, or does no harm', () => {
  fc.assert(
    fc.property(anySpellings, fc.nat(), odd, ({ kind, v2 }, choice, value) => {
      const fields = Object.keys(v2);
      const field = fields[choice % Math.max(1, fields.length)];
      if (field === undefined) return;
      assertSaid(decode(manifest(kind, { ...v2, [field]: value }, 'v2')));
    }),
    { numRuns: 3000 },
  );
});

test('whatever an annotation holds, the good resource in it is read', () => {
  const good = 'apiVersion: ambassador/v1\nkind: Mapping\nname: good\nprefix: /\nservice: a\n';
  const piece = fc.constantFrom(
    '---\n',
    'kind: Mapping\n',
    'name: a\n',
    '{',
    '[',
    '&a *a\n',
    '"',
    '\t',
    '- ',
    ': ',
    '? ',
    '!!x ',
  );
  const noise = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.nat({ max: good.length }).map((end) => good.slice(0, end).replace('good', 'cut')),
  );
  fc.assert(
    fc.property(noise, (noise) => {
      const found = annotated(`${noise}\n---\n${good}`);
      assertSaid(found);
      // A noise of several documents may end in a block scalar, which a marker ends all the same.
      assert.ok(found.objects.some(({ key }) => key === 'shop/good'), noise);
    }),
    { numRuns: 1500 },
  );
});

test('a regular expression of 5,000 characters is kept as it is', () => {
  const prefix = `/${'(a|b)*'.repeat(833)}`;
  assert.equal(prefix.length, 4999);
  const spec = { prefix, prefix_regex: true, service: 'a', regex_headers: { x: `${prefix}$` } };
  const { object } = decode(manifest('Mapping', spec));
  assert.ok(object?.kind === 'Mapping');
  assert.deepEqual([object.spec.path.value, object.spec.headers[0]?.value], [prefix, `${prefix}$`]);
});

test('a Mapping whose service is its own name is only a Mapping', () => {
  const { object, problems } = decode(
    manifest('Mapping', { prefix: '/', service: 'ambassador', hostname: 'ambassador' }),
  );
  assert.deepEqual([object?.key, problems], ['default/ambassador', []]);
});

test('any depth is borne, and keys that objects have are only keys', () => {
  for (const open of ['[', '{"cors":', '{"labels":{"a":[', '{"config":{"defaults":']) {
    const close = open.split('').reverse().map((mark) => ({ '[': ']', '{': '}' })[mark] ?? '').join('');
    const spec: unknown = JSON.parse(`${open.repeat(20_000)}1${close.repeat(20_000)}`);
    for (const kind of ['Mapping', 'Module', 'Host']) assertSaid(decode(manifest(kind, spec)));
  }
  assert.equal(annotated(`${'['.repeat(100_000)}\n---\n${'a: '.repeat(1000)}b\n`).objects.length, 0);
  const spec: unknown = JSON.parse(
    '{"prefix": "/", "service": "a", "headers": {"constructor": "x", "toString": "y"}, "valueOf": 1}',
  );
  const { object, problems } = decode(manifest('Mapping', spec));
  assert.ok(object?.kind === 'Mapping');
  assert.deepEqual(object.spec.headers.map(({ name }) => name), ['constructor', 'toString']);
  assert.deepEqual(problems.map(({ path }) => path.at(-1)), ['valueOf']);
});

test('`__proto__` as a key is refused where keys are free', () => {
  for (
    const text of [
      '{"prefix": "/", "service": "a", "headers": {"__proto__": "x"}}',
      '{"prefix": "/", "service": "a", "add_request_headers": {"__proto__": {"value": "x"}}}',
      '{"prefix": "/", "service": "a", "labels": {"__proto__": []}}',
    ]
  ) {
    const { object, problems } = decode(manifest('Mapping', JSON.parse(text)));
    assert.equal(object, undefined);
    assert.deepEqual(problems.map(({ severity, path }) => [severity, path.at(-1)]), [['error', '__proto__']]);
  }
  assert.equal(Object.hasOwn(Object.prototype, 'value'), false);
});

test('decode() answers at once whatever a string holds', () => {
  const texts = [
    'a'.repeat(5_000_000),
    '1'.repeat(1_000_000),
    `${'9h'.repeat(100_000)}x`,
    ','.repeat(1_000_000),
  ];
  for (const text of texts) {
    const started = performance.now();
    decode(manifest('Mapping', {
      prefix: text,
      service: text,
      cors: { origins: text, max_age: text },
      retry_policy: { per_try_timeout: text },
      health_checks: [{ interval: text, timeout: text }],
    }, 'v2'));
    decode(manifest('TCPMapping', { port: 1, service: text, idle_timeout_ms: text }));
    decode(manifest('Host', { hostname: text, tls: { alpn_protocols: text } }));
    assert.ok(performance.now() - started < 3000);
  }
});
