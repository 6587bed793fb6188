import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { GRPCMethodMatch, GRPCRouteMatch } from '../../lib/api/mod.ts';
import type { RuleProblem } from '../route/problem.ts';
import { translateMatch } from './match.ts';

function translate(match: GRPCRouteMatch): [ReturnType<typeof translateMatch>, RuleProblem[]] {
  const problems: RuleProblem[] = [];
  return [translateMatch(match, (problem) => problems.push(problem), { rule: 2, match: 1 }), problems];
}

test('translateMatch() takes gRPC calls alone, and header names in any case', () => {
  const [translated] = translate({
    method: { type: 'Exact', service: 'shop.Orders', method: 'Get' },
    headers: [{ type: 'Exact', name: 'X-A', value: '1' }, { type: 'Exact', name: 'x-a', value: '2' }],
  });
  assert.deepEqual(translated, {
    match: {
      path: { type: 'exact', value: '/shop.Orders/Get' },
      headers: [{ name: 'x-a', type: 'exact', value: '1' }],
      queryParams: [],
      grpc: true,
    },
    rank: { pathType: 4, pathLength: 11, method: 3, headers: 1, queryParams: 0, rule: 2, match: 1 },
  });
});

test('translateMatch() matches paths by service, method or both', () => {
  const cases: readonly (readonly [GRPCMethodMatch | undefined, path: string, pathType: number])[] = [
    [{ type: 'Exact', service: 'a.B', method: 'C' }, 'exact /a.B/C', 4],
    [{ type: 'Exact', service: 'a.B' }, 'prefix /a.B', 4],
    [{ type: 'RegularExpression', service: 'a|b', method: 'C|D' }, 'regex /(?:a|b)/(?:C|D)', 3],
    [{ type: 'RegularExpression', service: 'a', method: '' }, 'regex /(?:a)/[^/]+', 3],
    [{ type: 'Exact', method: 'C' }, 'regex /[^/]+/(?:C)', 2],
    [{ type: 'RegularExpression', method: 'C.*' }, 'regex /[^/]+/(?:C.*)', 1],
    [{ type: 'RegularExpression', service: '', method: '' }, 'prefix /', 0],
    [undefined, 'prefix /', 0],
  ];
  for (const [method, expected, pathType] of cases) {
    const [translated] = translate({ method });
    assert.equal(`${translated?.match.path.type} ${translated?.match.path.value}`, expected);
    assert.equal(translated?.rank.pathType, pathType, expected);
  }
});

test('translateMatch() names each field whose expression RE2 refuses by itself', () => {
  const [translated, problems] = translate({
    method: { type: 'RegularExpression', service: 'a)(b', method: 'a)(b' },
  });
  assert.equal(translated, undefined);
  assert.deepEqual(problems.map(({ effect, field }) => `${effect} ${field}`), [
    'rule spec.rules[2].matches[1].method.service',
    'rule spec.rules[2].matches[1].method.method',
  ]);
});
