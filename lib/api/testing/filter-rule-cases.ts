import type { RuleCase } from './rule-case.ts';

const backendRef = { name: 'a', port: 80 };
const headers = { set: [{ name: 'x-a', value: 'b' }] };
const prefix = { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' };

/** A spec with the filters, and with the backends and matches of `rest`. */
function withFilters(filters: readonly unknown[], rest: object = {}): object {
  return { rules: [{ filters, ...rest }] };
}

interface Member {
  readonly type: string;
  readonly field: string;
  readonly value: unknown;
  readonly only: string;
  readonly needed: string;
}

const members: readonly Member[] = [
  {
    type: 'CORS',
    field: 'cors',
    value: { allowOrigins: ['https://a.example'] },
    only: '1b5e24ab',
    needed: '53315200',
  },
  {
    type: 'RequestHeaderModifier',
    field: 'requestHeaderModifier',
    value: headers,
    only: '7b8cf868',
    needed: 'eb3032de',
  },
  {
    type: 'ResponseHeaderModifier',
    field: 'responseHeaderModifier',
    value: headers,
    only: 'c0838ca9',
    needed: 'a900d763',
  },
  {
    type: 'RequestMirror',
    field: 'requestMirror',
    value: { backendRef },
    only: 'c2c4ceb3',
    needed: '479cd4bf',
  },
  {
    type: 'RequestRedirect',
    field: 'requestRedirect',
    value: { scheme: 'https' },
    only: 'bec67f21',
    needed: '96f72312',
  },
  { type: 'URLRewrite', field: 'urlRewrite', value: { hostname: 'a' }, only: 'bc36c2fa', needed: '769cafeb' },
  {
    type: 'ExtensionRef',
    field: 'extensionRef',
    value: { group: 'a.b', kind: 'C', name: 'd' },
    only: '28f68457',
    needed: '32fcae1c',
  },
  {
    type: 'ExternalAuth',
    field: 'externalAuth',
    value: { protocol: 'GRPC', backendRef, grpc: {} },
    only: 'c8cbd34f',
    needed: '3f23e50c',
  },
];

function memberCases({ type, field, value, only, needed }: Member): RuleCase[] {
  const good = withFilters([{ type, [field]: value }]);
  const other = members.find((member) => member.type !== type);
  const both = { type: other?.type, [other?.field ?? '']: other?.value, [field]: value };
  return [
    { rule: only, kind: 'HTTPRoute', good, bad: withFilters([both]), at: `rules[0].filters[0].${field}` },
    {
      rule: needed,
      kind: 'HTTPRoute',
      good,
      bad: withFilters([{ type }]),
      at: `rules[0].filters[0].${field}`,
    },
  ];
}

function repeatCase(rule: string, type: string): RuleCase {
  const member = members.find((member) => member.type === type);
  const filter = { type, [member?.field ?? '']: member?.value };
  const mirror = { type: 'RequestMirror', requestMirror: { backendRef } };
  return {
    rule,
    kind: 'HTTPRoute',
    good: withFilters([filter, mirror, mirror]),
    bad: withFilters([filter, mirror, filter]),
    at: 'rules[0].filters[2]',
  };
}

function redirect(requestRedirect: object): object {
  return { type: 'RequestRedirect', requestRedirect };
}

function rewrite(urlRewrite: object): object {
  return { type: 'URLRewrite', urlRewrite };
}

const exactPath = { matches: [{ path: { type: 'Exact', value: '/a' } }] };
const onePrefix = { matches: [{ path: { type: 'PathPrefix', value: '/a' } }] };
const twoPrefixes = { matches: [...onePrefix.matches, { path: { type: 'PathPrefix', value: '/b' } }] };

/** A replaced prefix, in a filter of the rule or of its backend, with matches that have one prefix or not. */
function prefixCases(
  filter: object,
  ids: { readonly ofRule: string; readonly ofBackend: string },
): RuleCase[] {
  const backend = { backendRefs: [{ ...backendRef, filters: [filter] }] };
  return [
    {
      rule: ids.ofRule,
      kind: 'HTTPRoute',
      good: withFilters([filter], onePrefix),
      bad: withFilters([filter], twoPrefixes),
      at: 'rules[0].matches',
    },
    {
      rule: ids.ofBackend,
      kind: 'HTTPRoute',
      good: withFilters([], { ...backend, ...onePrefix }),
      bad: withFilters([], { ...backend, ...exactPath }),
      at: 'rules[0].matches',
    },
  ];
}

function pathModifierCase(rule: string, bad: object, field: string): RuleCase {
  const good = withFilters([redirect({ path: prefix })]);
  return {
    rule,
    kind: 'HTTPRoute',
    good,
    bad: withFilters([redirect({ path: bad })]),
    at: `rules[0].filters[0].requestRedirect.path.${field}`,
  };
}

function authCase(rule: string, bad: object, field: string): RuleCase {
  const auth = (externalAuth: object): object => withFilters([{ type: 'ExternalAuth', externalAuth }]);
  return {
    rule,
    kind: 'HTTPRoute',
    good: auth({ protocol: 'HTTP', backendRef, http: { path: '/check' } }),
    bad: auth({ backendRef, ...bad }),
    at: `rules[0].filters[0].externalAuth.${field}`,
  };
}

const wildcardCases: RuleCase[] = [
  { field: 'allowOrigins', one: 'https://a.example' },
  { field: 'allowMethods', one: 'GET' },
  { field: 'allowHeaders', one: 'x-a' },
].map(({ field, one }) => ({
  rule: 'e2610261',
  kind: 'HTTPRoute',
  good: withFilters([{ type: 'CORS', cors: { [field]: ['*'] } }]),
  bad: withFilters([{ type: 'CORS', cors: { [field]: [one, '*'] } }]),
  at: `rules[0].filters[0].cors.${field}[1]`,
}));

/** The rules about filters. */
export const filterRuleCases: readonly RuleCase[] = [
  ...members.flatMap(memberCases),
  repeatCase('ee6a308c', 'CORS'),
  repeatCase('501e61ba', 'RequestHeaderModifier'),
  repeatCase('226cc5e3', 'ResponseHeaderModifier'),
  repeatCase('c1f6cb74', 'RequestRedirect'),
  repeatCase('61ed15b8', 'URLRewrite'),
  {
    rule: '24c3fdad',
    kind: 'HTTPRoute',
    good: withFilters([redirect({ scheme: 'https' })]),
    bad: withFilters([redirect({ scheme: 'https' }), rewrite({ hostname: 'a' })]),
    at: 'rules[0].filters[1]',
  },
  {
    rule: '80d5779a',
    kind: 'HTTPRoute',
    good: withFilters([redirect({ scheme: 'https' })], { backendRefs: [] }),
    bad: withFilters([redirect({ scheme: 'https' })], { backendRefs: [backendRef] }),
    at: 'rules[0].backendRefs',
  },
  ...prefixCases(redirect({ path: prefix }), { ofRule: '14c17d52', ofBackend: '06e14dab' }),
  ...prefixCases(rewrite({ path: prefix }), { ofRule: '0fa5a331', ofBackend: 'bf9fd433' }),
  pathModifierCase('85716a2b', { type: 'ReplaceFullPath' }, 'replaceFullPath'),
  pathModifierCase('c04f03f4', { ...prefix, replaceFullPath: '/a' }, 'replaceFullPath'),
  pathModifierCase('4dba3b1d', { type: 'ReplacePrefixMatch' }, 'replacePrefixMatch'),
  pathModifierCase(
    '02cf2852',
    { ...prefix, type: 'ReplaceFullPath', replaceFullPath: '/' },
    'replacePrefixMatch',
  ),
  authCase('fbee517e', { protocol: 'GRPC' }, 'grpc'),
  authCase('1add1dca', { protocol: 'HTTP', http: {}, grpc: {} }, 'grpc'),
  authCase('43a774e0', { protocol: 'HTTP' }, 'http'),
  authCase('e2083e9f', { protocol: 'GRPC', http: {}, grpc: {} }, 'http'),
  ...wildcardCases,
  {
    rule: '2179202e',
    kind: 'HTTPRoute',
    good: withFilters([{ type: 'RequestMirror', requestMirror: { backendRef, percent: 5 } }]),
    bad: withFilters([{
      type: 'RequestMirror',
      requestMirror: { backendRef, percent: 5, fraction: { numerator: 1 } },
    }]),
    at: 'rules[0].filters[0].requestMirror.fraction',
  },
  {
    rule: 'c7c8b7bb',
    kind: 'HTTPRoute',
    good: withFilters([{
      type: 'RequestMirror',
      requestMirror: { backendRef, fraction: { numerator: 100 } },
    }]),
    bad: withFilters([{
      type: 'RequestMirror',
      requestMirror: { backendRef, fraction: { numerator: 101 } },
    }]),
    at: 'rules[0].filters[0].requestMirror.fraction.numerator',
  },
];
