import assert from 'node:assert/strict';
import { test } from 'node:test';

import { conditionsOf, httpRoute, routesOf, routeWorld, service } from './testing/route-world.ts';

const SERVICES = service('a', 80) + service('b', 80) + service('c', 80);

/** The routes of one rule with the given fields and, unless it has its own, one backend. */
function ruleWith(
  fields: string,
  backend = '    backendRefs: [{ name: a, port: 80 }]',
): ReturnType<typeof routesOf> {
  return routesOf(routeWorld(SERVICES + httpRoute(`  - name: one\n${fields}\n${backend}`)));
}

test('header modifiers change a header once, without regard to case', () => {
  const [route] = ruleWith(`
    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier:
        set: [{ name: X-A, value: '50%' }, { name: x-a, value: b }, { name: Host, value: h.example.com }]
        add: [{ name: x-A, value: c }, { name: X-B, value: d }]
        remove: [X-C]
    - type: ResponseHeaderModifier
      responseHeaderModifier: { remove: [Server] }
`);
  assert.deepEqual(route?.requestHeaders, {
    set: [{ name: 'X-A', value: '50%' }],
    add: [{ name: 'X-B', value: 'd' }],
    remove: ['X-C'],
  });
  assert.deepEqual(route?.responseHeaders, { set: [], add: [], remove: ['Server'] });
  assert.equal(route?.action.type === 'forward' && route.action.hostRewrite, 'h.example.com');
});

test('a header that Envoy cannot change makes the rule invalid', () => {
  for (const remove of ['Host', ':path', 'a b', '']) {
    const [route] = ruleWith(`
    filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { remove: ['${remove}'] } }]`);
    assert.deepEqual(route?.action, { type: 'respond', status: 500 }, remove);
  }
});

test('with credentials the headers that pages may read are named, or none are', () => {
  const exposed = (fields: string): readonly (readonly string[] | undefined)[] => {
    const world = routeWorld(
      SERVICES + httpRoute(`  - filters:
    - { type: CORS, cors: { allowOrigins: ['*'], ${fields} } }
    backendRefs: [{ name: a, port: 80 }]`),
    );
    const diagnostics = world.routeDiagnostics.get('HTTPRoute/default/web')?.diagnostics ?? [];
    return [
      ...routesOf(world).map(({ cors }) => cors?.exposeHeaders),
      diagnostics.map(({ severity, field }) => `${severity} ${field}`),
    ];
  };
  assert.deepEqual(exposed("exposeHeaders: ['*'], allowCredentials: true"), [[], [
    'warning spec.rules[0].filters[0].cors.exposeHeaders',
  ]]);
  assert.deepEqual(exposed("exposeHeaders: [x-a, '*', x-b], allowCredentials: true")[0], ['x-a', 'x-b']);
  assert.deepEqual(exposed("exposeHeaders: ['*']"), [['*'], []]);
});

test('that a redirect has no CORS and no mirrors is told, of a rule and of a backend', () => {
  const cors = "{ type: CORS, cors: { allowOrigins: ['*'] } }";
  const mirror = '{ type: RequestMirror, requestMirror: { backendRef: { name: b, port: 80 } } }';
  const redirect = '{ type: RequestRedirect, requestRedirect: { hostname: x.org } }';
  const rules = [
    `  - { filters: [${redirect}, ${cors}] }`,
    `  - { backendRefs: [{ name: a, port: 80, filters: [${cors}, ${redirect}] }] }`,
    `  - { filters: [${cors}], backendRefs: [{ name: a, port: 80, filters: [${redirect}] }] }`,
    `  - { filters: [${redirect}, ${mirror}] }`,
  ];
  const world = routeWorld(SERVICES + httpRoute(rules.join('\n')));
  const diagnostics = world.routeDiagnostics.get('HTTPRoute/default/web')?.diagnostics ?? [];
  assert.deepEqual(diagnostics.map(({ severity, code, field }) => `${severity} ${code} ${field}`), [
    'warning IncompatibleFilters spec.rules[0].filters',
    'warning IncompatibleFilters spec.rules[1].backendRefs[0].filters',
    'warning IncompatibleFilters spec.rules[2].backendRefs[0].filters',
    'warning IncompatibleFilters spec.rules[3].filters',
  ]);
  assert.equal(conditionsOf(world)[0], 'Accepted=True/Accepted@7');
});

test('redirects derive what they do not say', () => {
  const cases: readonly (readonly [filter: string, expected: object])[] = [
    ['{}', { status: 302, port: 'listener' }],
    ['{ port: 80 }', { status: 302, port: 80 }],
    ['{ scheme: https }', { status: 302, scheme: 'https' }],
    ['{ scheme: https, port: 443 }', { status: 302, scheme: 'https' }],
    ['{ scheme: http, port: 80 }', { status: 302, scheme: 'http' }],
    ['{ scheme: https, port: 8443, statusCode: 308 }', { status: 308, scheme: 'https', port: 8443 }],
    ['{ hostname: x.org, statusCode: 303 }', { status: 303, hostname: 'x.org', port: 'listener' }],
    ['{ path: { type: ReplaceFullPath, replaceFullPath: new } }', {
      status: 302,
      port: 'listener',
      path: { type: 'full', value: '/new' },
    }],
    ['{ path: { type: ReplacePrefixMatch, replacePrefixMatch: /new } }', {
      status: 302,
      port: 'listener',
      path: { type: 'prefix', value: '/new' },
    }],
  ];
  for (const [filter, expected] of cases) {
    const [route] = ruleWith(`    filters: [{ type: RequestRedirect, requestRedirect: ${filter} }]`, '');
    assert.deepEqual(route?.action, { type: 'redirect', ...expected }, filter);
  }
});

test('mirrors are several, with shares, and left out if they cannot be reached', () => {
  const text = SERVICES + httpRoute(`
  - filters:
    - { type: RequestMirror, requestMirror: { backendRef: { name: b, port: 80 } } }
    - { type: RequestMirror, requestMirror: { backendRef: { name: c, port: 80 }, percent: 20 } }
    - { type: RequestMirror, requestMirror: { backendRef: { name: b, port: 80 }, fraction: { numerator: 1, denominator: 3 } } }
    - { type: RequestMirror, requestMirror: { backendRef: { name: c, port: 80 }, percent: 0 } }
    - { type: RequestMirror, requestMirror: { backendRef: { name: gone, port: 80 } } }
    backendRefs: [{ name: a, port: 80 }]
`);
  const world = routeWorld(text);
  const [route] = routesOf(world);
  assert.deepEqual(route?.action.type === 'forward' && route.action.mirrors, [
    { cluster: 'default/b/80', fraction: 1_000_000 },
    { cluster: 'default/c/80', fraction: 200_000 },
    { cluster: 'default/b/80', fraction: 333_333 },
  ]);
  assert.equal(conditionsOf(world)[1], 'ResolvedRefs=False/BackendNotFound@7');
});

test('timeouts, retries and sessions', () => {
  const [route] = ruleWith(`
    timeouts: { request: 1m30s, backendRequest: 500ms }
    retry: { codes: [500, 503], attempts: 3, backoff: 100ms }
    sessionPersistence:
      type: Cookie
      absoluteTimeout: 90s
      cookie: { name: sticky, lifetimeType: Permanent, path: /app }
`);
  assert.deepEqual(route?.action, {
    type: 'forward',
    backends: [{ cluster: 'default/a/80', weight: 1 }],
    mirrors: [],
    timeout: 90_000,
    tryTimeout: 500,
    retry: { attempts: 3, codes: [500, 503], connectionErrors: true, backoff: 100 },
    session: { type: 'cookie', name: 'sticky', ttl: 90, path: '/app' },
  });
  const [off] = ruleWith('    timeouts: { request: 0s }\n    retry: { attempts: 0 }');
  assert.equal(off?.action.type === 'forward' && off.action.timeout, 0);
  assert.equal(off?.action.type === 'forward' && off.action.retry, undefined);
  const [unnamed] = ruleWith('    sessionPersistence: { cookie: {} }');
  const session = unnamed?.action.type === 'forward' ? unnamed.action.session : undefined;
  assert.match(session?.name ?? '', /^session-[0-9a-f]{12}$/);
});

test('a stated timeout is not cut short by the one of idle streams', () => {
  const idle = (timeouts: string): number | undefined => {
    const [route] = ruleWith(`    timeouts: { ${timeouts} }`);
    return route?.action.type === 'forward' ? route.action.idleTimeout : undefined;
  };
  assert.equal(idle('request: 0s'), 0);
  assert.equal(idle('backendRequest: 0s'), 0);
  assert.equal(idle('request: 0s, backendRequest: 1s'), 0);
  assert.equal(idle('request: 10m'), 600_000);
  assert.equal(idle('backendRequest: 10m'), 600_000);
  assert.equal(idle('request: 5m'), undefined);
  assert.equal(idle('request: 10s, backendRequest: 0s'), undefined);
});

test('the cookie of a session keeps its name while rules are reordered', () => {
  const sticky =
    '  - matches: [{ path: { value: /s } }]\n    sessionPersistence: { cookie: {} }\n    backendRefs: [{ name: a, port: 80 }]\n';
  const other = '  - backendRefs: [{ name: b, port: 80 }]\n';
  const cookies = (rules: string): readonly string[] =>
    routesOf(routeWorld(SERVICES + httpRoute(rules))).flatMap(({ action }) =>
      action.type === 'forward' && action.session !== undefined ? [action.session.name] : []
    );
  assert.equal(cookies(sticky + other).length, 1);
  assert.deepEqual(cookies(sticky + other), cookies(other + sticky));
});

test('CORS origins are written as browsers send them', () => {
  const [route] = ruleWith(`
    filters:
    - type: CORS
      cors: { allowOrigins: ['https://*.Example.com:443', 'http://a.org:8080'], allowCredentials: true, allowMethods: ['*'] }
`);
  assert.deepEqual(route?.cors, {
    origins: ['https://*.example.com', 'http://a.org:8080'],
    methods: ['*'],
    headers: [],
    exposeHeaders: [],
    credentials: true,
    maxAge: 5,
  });
});

test('external authorization by HTTP and gRPC; without its server all requests are denied', () => {
  const [http] = ruleWith(`
    filters:
    - type: ExternalAuth
      externalAuth:
        protocol: HTTP
        backendRef: { name: b, port: 80 }
        http: { path: check/, allowedHeaders: [X-Token], allowedResponseHeaders: [X-User] }
        forwardBody: { maxSize: 1024 }
`);
  assert.deepEqual(http?.auth, {
    protocol: 'http',
    cluster: 'default/b/80',
    pathPrefix: '/check',
    allowedRequestHeaders: ['x-token'],
    allowedResponseHeaders: ['x-user'],
    maxBody: 1024,
  });
  const [grpc] = ruleWith(`
    filters: [{ type: ExternalAuth, externalAuth: { protocol: GRPC, grpc: {}, backendRef: { name: b, port: 80 } } }]`);
  assert.equal(grpc?.auth?.cluster, 'default/b/80/http2');
  const [gone] = ruleWith(`
    filters: [{ type: ExternalAuth, externalAuth: { protocol: HTTP, http: {}, backendRef: { name: gone, port: 80 } } }]`);
  assert.equal(gone?.auth?.cluster, undefined);
  assert.equal(gone?.auth?.protocol, 'http');
  const [sneaky] = ruleWith(`
    filters: [{ type: ExternalAuth, externalAuth: { protocol: HTTP, http: { path: /a/../b }, backendRef: { name: b, port: 80 } } }]`);
  assert.deepEqual(sneaky?.action, { type: 'respond', status: 500 });
});

test('filters of a backend that Envoy knows for weighted clusters stay there', () => {
  const [route, ...others] = ruleWith(
    '',
    `
    backendRefs:
    - name: a
      port: 80
      filters:
      - { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: X-Backend, value: a }] } }
      - { type: URLRewrite, urlRewrite: { hostname: a.internal } }
    - { name: b, port: 80, weight: 2 }
`,
  );
  assert.deepEqual(others, []);
  assert.equal(route?.fraction, undefined);
  assert.deepEqual(route?.action.type === 'forward' && route.action.backends, [
    {
      cluster: 'default/a/80',
      weight: 1,
      requestHeaders: { set: [{ name: 'X-Backend', value: 'a' }], add: [], remove: [] },
      hostRewrite: 'a.internal',
    },
    { cluster: 'default/b/80', weight: 2 },
  ]);
});

test('other filters of a backend split the rule by cumulative fractions', () => {
  const routes = ruleWith(
    `
    filters:
    - { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: X-Rule, value: r }, { name: X-Both, value: r }] } }`,
    `
    backendRefs:
    - name: a
      port: 80
      weight: 1
      filters:
      - { type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /a } } }
      - { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-both, value: a }] } }
    - { name: gone, port: 80, weight: 1 }
    - { name: b, port: 80, weight: 2 }
    - name: c
      port: 80
      weight: 4
      filters: [{ type: RequestRedirect, requestRedirect: { hostname: c.org } }]
`,
  );
  assert.deepEqual(routes.map(({ fraction, action }) => [fraction, action.type]), [
    [125_000, 'forward'],
    [250_000, 'respond'],
    [500_000, 'forward'],
    [undefined, 'redirect'],
  ]);
  assert.deepEqual(routes[0]?.requestHeaders, {
    set: [{ name: 'X-Rule', value: 'r' }, { name: 'x-both', value: 'a' }],
    add: [],
    remove: [],
  });
  assert.deepEqual(routes[0]?.action.type === 'forward' && routes[0].action.pathRewrite, {
    type: 'prefix',
    value: '/a',
  });
  assert.equal(new Set(routes.map(({ rank }) => rank)).size, 1);
});

test('filters that exclude each other make the rule invalid', () => {
  const world = routeWorld(
    SERVICES + httpRoute(`
  - filters: [{ type: URLRewrite, urlRewrite: { hostname: x.org } }]
    backendRefs:
    - { name: a, port: 80, filters: [{ type: RequestRedirect, requestRedirect: { hostname: y.org } }] }
`),
  );
  assert.equal(conditionsOf(world)[0], 'Accepted=False/IncompatibleFilters@7');
});

test('a prefix is replaced only where all matches are prefixes', () => {
  // Two such filters, since upstream's own rule looks at a single one only.
  const backend = (name: string): string => `
    - name: ${name}
      port: 80
      filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /x } } }]`;
  const world = routeWorld(
    SERVICES + httpRoute(`
  - matches: [{ path: { type: Exact, value: /e } }]
    backendRefs:${backend('a')}${backend('b')}
`),
  );
  assert.equal(conditionsOf(world)[0], 'Accepted=False/UnsupportedValue@7');
});
