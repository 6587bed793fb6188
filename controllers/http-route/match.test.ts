import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { HTTPRouteMatch } from '../../lib/api/mod.ts';
import { translateMatch } from './match.ts';
import type { RuleProblem } from '../route/problem.ts';

function translate(match: HTTPRouteMatch): [ReturnType<typeof translateMatch>, RuleProblem[]] {
  const problems: RuleProblem[] = [];
  return [translateMatch(match, (problem) => problems.push(problem), { rule: 2, match: 1 }), problems];
}

test('translateMatch() ranks by the kind and length of the path, then by what else is matched', () => {
  const [translated] = translate({
    path: { type: 'Exact', value: '/exact' },
    headers: [
      { type: 'Exact', name: 'A', value: '1' },
      { type: 'RegularExpression', name: 'B', value: '[0-9]+' },
      { type: 'Exact', name: 'a', value: '2' },
    ],
    queryParams: [
      { type: 'Exact', name: 'q', value: '1' },
      { type: 'Exact', name: 'Q', value: '2' },
      { type: 'Exact', name: 'q', value: '3' },
    ],
  });
  assert.deepEqual(translated, {
    match: {
      path: { type: 'exact', value: '/exact' },
      headers: [{ name: 'a', type: 'exact', value: '1' }, { name: 'b', type: 'regex', value: '[0-9]+' }],
      queryParams: [{ name: 'q', type: 'exact', value: '1' }, { name: 'Q', type: 'exact', value: '2' }],
    },
    rank: { pathType: 3, pathLength: 6, method: 0, headers: 2, queryParams: 2, rule: 2, match: 1 },
  });
});

test('translateMatch() drops the slash at the end of a prefix, but not of anything else', () => {
  const cases: readonly (readonly [HTTPRouteMatch['path'], string])[] = [
    [{ type: 'PathPrefix', value: '/a/' }, '/a'],
    [{ type: 'PathPrefix', value: '/' }, '/'],
    [{ type: 'Exact', value: '/a/' }, '/a/'],
    [{ type: 'RegularExpression', value: '/a/' }, '/a/'],
  ];
  for (const [path, expected] of cases) {
    assert.equal(translate({ path })[0]?.match.path.value, expected, JSON.stringify(path));
  }
});

test('translateMatch() has paths as Envoy reads them, without escapes of what needs none', () => {
  for (const code of Array.from({ length: 128 }, (_, code) => code)) {
    const escape = `%${code.toString(16).padStart(2, '0')}`;
    const char = String.fromCharCode(code);
    for (const value of [`/${escape}`, `/${escape.toUpperCase()}`]) {
      const [translated] = translate({ path: { type: 'Exact', value } });
      assert.equal(translated?.match.path.value, /[A-Za-z0-9._~-]/.test(char) ? `/${char}` : value);
    }
  }
  const [regex] = translate({ path: { type: 'RegularExpression', value: '/%41' } });
  assert.equal(regex?.match.path.value, '/%41');
});

test('translateMatch() names the field of an expression that RE2 refuses', () => {
  const path = { type: 'PathPrefix', value: '/' } as const;
  const bad = { type: 'RegularExpression', name: 'x', value: '(?<!a)b' } as const;
  const cases: readonly (readonly [HTTPRouteMatch, string])[] = [
    [{ path: { type: 'RegularExpression', value: '(a' } }, 'path.value'],
    [{ path: { type: 'RegularExpression', value: '' } }, 'path.value'],
    [{ path, headers: [bad] }, 'headers[name=x].value'],
    [{ path, queryParams: [bad] }, 'queryParams[name=x].value'],
  ];
  for (const [match, field] of cases) {
    const [translated, problems] = translate(match);
    assert.equal(translated, undefined);
    assert.deepEqual(problems.map((problem) => problem.field), [`spec.rules[2].matches[1].${field}`]);
  }
});
