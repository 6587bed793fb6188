import type { RuleCase } from './rule-case.ts';

const service = { name: 'a', port: 80 };
const backend = { group: 'gateway.networking.x-k8s.io', kind: 'XBackend', name: 'a' };

function httpRule(rule: object): object {
  return { rules: [rule] };
}

function repeat<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

function pathCase(rule: string, value: string): RuleCase {
  const path = (type: string, value: string): object => httpRule({ matches: [{ path: { type, value } }] });
  return {
    rule,
    kind: 'HTTPRoute',
    good: httpRule({
      matches: [
        { path: { type: 'RegularExpression', value } },
        { path: { type: 'Exact', value: '/a%20b/..c/.d' } },
      ],
    }),
    bad: path('PathPrefix', value),
    at: 'rules[0].matches[0].path.value',
  };
}

function sessionCase(rule: string, bad: object, field: string): RuleCase {
  return {
    rule,
    kind: 'HTTPRoute',
    good: httpRule({
      sessionPersistence: { cookie: { lifetimeType: 'Permanent' }, absoluteTimeout: '1h' },
    }),
    bad: httpRule({ sessionPersistence: bad }),
    at: `rules[0].sessionPersistence.${field}`,
  };
}

function grpcCase(rule: string, bad: object, field: string): RuleCase {
  return {
    rule,
    kind: 'GRPCRoute',
    good: httpRule({ matches: [{ method: { service: '.A.b_1', method: 'Get_1' } }] }),
    bad: httpRule({ matches: [{ method: bad }] }),
    at: `rules[0].matches[0].method${field}`,
  };
}

function hostnameCase(rule: string, bad: string): RuleCase {
  const rules = [{ backendRefs: [service] }];
  return {
    rule,
    kind: 'TLSRoute',
    good: { hostnames: ['a.example', '*.example', '1.2.3.4.5'], rules },
    bad: { hostnames: ['a.example', bad], rules },
    at: 'hostnames[1]',
  };
}

/** The rules about routes but not about their filters. */
export const routeRuleCases: readonly RuleCase[] = [
  {
    rule: '30e99257',
    kind: 'HTTPRoute',
    good: { parentRefs: [{ name: 'a' }, { name: 'a', namespace: 'b', port: 1 }, { name: 'b', port: 80 }] },
    bad: { parentRefs: [{ name: 'b' }, { name: 'a', sectionName: 'x' }, { name: 'a', port: 80 }] },
    at: 'parentRefs[1]',
  },
  {
    rule: '8392cce9',
    kind: 'UDPRoute',
    good: {
      parentRefs: [{ name: 'a', sectionName: 'x', port: 1 }, { name: 'a', sectionName: 'x', port: 2 }],
      rules: [{ backendRefs: [service] }],
    },
    bad: { parentRefs: [{ name: 'a' }, { name: 'a' }], rules: [{ backendRefs: [service] }] },
    at: 'parentRefs[1]',
  },
  {
    rule: '089ed26a',
    kind: 'HTTPRoute',
    good: httpRule({ backendRefs: [{ group: 'a.b', name: 'c' }, service] }),
    bad: httpRule({ backendRefs: [service, { name: 'c' }] }),
    at: 'rules[0].backendRefs[1].port',
  },
  {
    rule: '91f0c17f',
    kind: 'TCPRoute',
    good: httpRule({ backendRefs: [backend] }),
    bad: httpRule({ backendRefs: [{ ...backend, port: 80 }] }),
    at: 'rules[0].backendRefs[0].port',
  },
  {
    rule: '5d343ad9',
    kind: 'HTTPRoute',
    good: { rules: [{ name: 'a' }, { name: 'b' }, {}, {}] },
    bad: { rules: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] },
    at: 'rules[2].name',
  },
  {
    rule: 'dfef9215',
    kind: 'HTTPRoute',
    good: { rules: repeat(2, { matches: repeat(64, {}) }) },
    bad: { rules: [...repeat(2, { matches: repeat(64, {}) }), {}] },
    at: 'rules',
  },
  {
    rule: '837b88f5',
    kind: 'GRPCRoute',
    good: { rules: [...repeat(2, { matches: repeat(64, {}) }), {}] },
    bad: { rules: [...repeat(2, { matches: repeat(64, {}) }), { matches: [{}] }] },
    at: 'rules',
  },
  {
    rule: '3f02004f',
    kind: 'HTTPRoute',
    good: httpRule({ timeouts: { request: '1s', backendRequest: '1000ms' } }),
    bad: httpRule({ timeouts: { request: '1s', backendRequest: '1s1ms' } }),
    at: 'rules[0].timeouts.backendRequest',
  },
  {
    rule: '3f02004f',
    kind: 'HTTPRoute',
    good: httpRule({ timeouts: { request: '0s', backendRequest: '5s' } }),
    bad: httpRule({ timeouts: { request: '500ms', backendRequest: '1m' } }),
    at: 'rules[0].timeouts.backendRequest',
  },
  pathCase('d1b1dcc5', 'a'),
  pathCase('2a730cba', '/a//b'),
  pathCase('8c3f86ff', '/a/./b'),
  pathCase('ced0ffea', '/a/../b'),
  pathCase('16add9e2', '/a%2fb'),
  pathCase('5f510e91', '/a%2Fb'),
  pathCase('20989435', '/a#b'),
  pathCase('0c441c9d', '/a/..'),
  pathCase('c36405e2', '/a/.'),
  pathCase('67736b8f', '/a b'),
  pathCase('67736b8f', '/a%2'),
  sessionCase('b58d2686', { cookie: { lifetimeType: 'Permanent' } }, 'absoluteTimeout'),
  sessionCase('b9916a89', { type: 'Header', header: { name: 'a' }, cookie: {} }, 'cookie'),
  sessionCase('42c92c84', {}, 'cookie'),
  sessionCase('d5d10b1a', { cookie: {}, header: { name: 'a' } }, 'header'),
  sessionCase('4d46b9eb', { type: 'Header' }, 'header'),
  grpcCase('6cb81017', {}, ''),
  grpcCase('fb8615af', { service: 'a.1b' }, '.service'),
  grpcCase('7797fc31', { method: 'a.b' }, '.method'),
  {
    rule: '7797fc31',
    kind: 'GRPCRoute',
    good: httpRule({
      matches: [{ method: { type: 'RegularExpression', service: 'a.+', method: '[0-9].*' } }],
    }),
    bad: httpRule({ matches: [{ method: { method: '' } }] }),
    at: 'rules[0].matches[0].method.method',
  },
  hostnameCase('0843be6f', '192.0.2.1'),
  hostnameCase('20123a06', 'a_b.example'),
  hostnameCase('b31a373d', 'a.*.example'),
];
