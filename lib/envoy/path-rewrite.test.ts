import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { RE2JS } from 're2js';
import type { PathRewrite } from '../model/mod.ts';
import { escape, pathRewrite } from './path-rewrite.ts';

/** What Envoy makes of a path that the prefix matches. */
function rewritten(path: string, prefix: string, rewrite: PathRewrite): string {
  const encoded = pathRewrite(rewrite, {
    path: { type: 'prefix', value: prefix },
    headers: [],
    queryParams: [],
  });
  if (encoded.type === 'prefix') {
    const matched = prefix.replace(/\/$/, '') || '/';
    return encoded.value + path.slice(matched.length);
  }
  const { pattern, substitution } = encoded.value;
  return path.replace(new RegExp(pattern?.regex ?? ''), () => substitution.replaceAll('\\\\', '\\'));
}

test('pathRewrite() replaces a prefix as the table of HTTPPathModifier says', () => {
  for (
    const [path, prefix, replacement, expected] of [
      ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
      ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
      ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
      ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
      ['/foo', '/foo', '/xyz', '/xyz'],
      ['/foo/', '/foo', '/xyz', '/xyz/'],
      ['/foo/bar', '/foo', '', '/bar'],
      ['/foo/', '/foo', '', '/'],
      ['/foo', '/foo', '', '/'],
      ['/foo/', '/foo', '/', '/'],
      ['/foo', '/foo', '/', '/'],
      ['/foo/bar', '/', '/xyz', '/xyz/foo/bar'],
      ['/foo.bar/x', '/foo.bar', '/', '/x'],
    ] as const
  ) {
    const actual = rewritten(path, prefix, { type: 'prefix', value: replacement });
    assert.equal(actual, expected, `${path}: ${prefix} by ${replacement}`);
  }
});

test('pathRewrite() replaces a full path by a text that is no pattern', () => {
  for (const value of ['/new', '/a\\1', '/$1']) {
    assert.equal(rewritten('/foo/bar', '/foo', { type: 'full', value }), value);
  }
});

test('escape() makes an expression for the text alone', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, other) => {
      const regex = RE2JS.compile(escape(text));
      assert.ok(regex.matches(text));
      assert.equal(regex.matches(other), other === text);
    }),
  );
});
