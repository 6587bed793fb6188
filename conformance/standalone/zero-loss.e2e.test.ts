import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEcho } from '../../lib/echo/mod.ts';
import { Authority, caConfigMap, tlsSecret } from './certificates.ts';
import { Load, type Target } from './load.ts';
import { gateway, service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

const EDITS = 200;

/** What the manifests say at one moment; `revision` shows in answers which of them is served. */
interface State {
  backend: string;
  reversed: boolean;
  beside: boolean;
  weighted: boolean;
  extraListener: boolean;
  hostname: string;
}

function listeners({ extraListener, hostname }: State): string {
  return gateway(`[
    { name: http, port: {port:http}, protocol: HTTP, hostname: www.example.com },
    ${extraListener ? '{ name: extra, port: {port:http}, protocol: HTTP, hostname: extra.example.com },' : ''}
    { name: renamed, port: {port:http}, protocol: HTTP, hostname: ${hostname} },
    { name: https, port: {port:https}, protocol: HTTPS, hostname: secure.example.com, tls: { certificateRefs: [{ name: secure }] } },
    ${
    extraListener
      ? '{ name: more, port: {port:https}, protocol: HTTPS, hostname: extra.example.com, tls: { certificateRefs: [{ name: more }] } },'
      : ''
  }
    { name: renamed-https, port: {port:https}, protocol: HTTPS, hostname: ${hostname}, tls: { certificateRefs: [{ name: more }] } },
  ]`);
}

function route(name: string, hostnames: string, rules: readonly string[]): string {
  return `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name} }
spec:
  parentRefs: [{ name: web }]
  ${hostnames}
  rules: [${rules.join(', ')}]
`;
}

const MARK = (revision: number | string): string =>
  `filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-revision, value: "${revision}" }] } }]`;

function routes(state: State, revision: number): string {
  const { backend, reversed, weighted, beside } = state;
  const backends = weighted
    ? `[{ name: ${backend}, port: 80, weight: 1 }, { name: steady, port: 80, weight: 1 }]`
    : `[{ name: ${backend}, port: 80 }]`;
  const rules = [
    `{ matches: [{ path: { value: /moved } }], ${MARK(revision)}, backendRefs: ${backends} }`,
    '{ matches: [{ path: { value: /steady } }], backendRefs: [{ name: steady, port: 80 }] }',
    '{ matches: [{ path: { type: RegularExpression, value: "/re[a-z]+" } }], backendRefs: [{ name: steady, port: 80 }] }',
  ];
  const other = beside
    ? route('beside', 'hostnames: [www.example.com]', [
      '{ matches: [{ path: { value: /beside } }], backendRefs: [{ name: steady, port: 80 }] }',
    ])
    : '';
  return route('main', '', reversed ? rules.reverse() : rules) + other;
}

function swapped(port: number): string {
  return `
---
apiVersion: v1
kind: Service
metadata: { name: swapped, annotations: { dragoman.dev/endpoints: "127.0.0.1:${port}" } }
spec: { ports: [{ port: 80 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: swapped }
spec:
  parentRefs: [{ name: web }]
  rules: [{ matches: [{ path: { value: /swapped } }], backendRefs: [{ name: swapped, port: 80 }] }]
`;
}

function policies(count: number): string {
  return Array.from({ length: count }, (_, index) => `
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: tls-${index} }
spec:
  targetRefs: [{ group: "", kind: Service, name: tls, sectionName: p${index} }]
  validation: { hostname: backend.example, caCertificateRefs: [{ group: "", kind: ConfigMap, name: ca }] }
`).join('');
}

const TLS_PORTS = 12;

test(`no request is lost while ${EDITS} edits are followed`, { timeout: 600_000 }, async (t) => {
  const ca = await Authority.create('CA');
  const pair = (commonName: string): ReturnType<Authority['issue']> =>
    ca.issue({ commonName, names: ['secure.example.com', 'extra.example.com', 'backend.example'] });
  const movable = Array.from({ length: EDITS }, (_, index) => `movable-${index}`);
  const state: State = {
    backend: 'steady',
    reversed: false,
    beside: false,
    weighted: false,
    extraListener: false,
    hostname: 'renamed-0.example.com',
  };
  const more = await pair('more');
  const tlsPorts = Array.from(
    { length: TLS_PORTS },
    (_, index) => `{ name: p${index}, port: ${8000 + index} }`,
  );
  let swap = await startEcho({ name: 'swapped' });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => swap.close());
  const dragoman = stack.use(
    await Standalone.start({
      files: {
        'gateway.yaml': listeners(state),
        'routes.yaml': routes(state, 0),
        'secret.yaml': tlsSecret('secure', await pair('secure 0')) + tlsSecret('more', more) +
          caConfigMap('ca', ca.cert),
        'services.yaml': service('steady') + service('tls', tlsPorts.join(', ')) +
          // Many Services with few echoes: each is a cluster of its own.
          movable.map((name, index) =>
            service(`moved-${index % 4}`).replace(`name: moved-${index % 4},`, `name: ${name},`)
          )
            .join(''),
        'swapped.yaml': swapped(swap.port),
        'policies.yaml': policies(0),
      },
      echoes: { tls: { tls: await pair('backend') } },
    }),
  );
  const [http, https] = [dragoman.port('http'), dragoman.port('https')];
  const backends = /^(steady|moved-[0-3])$/;
  const targets = (['http1', 'h2c'] as const).flatMap((protocol): Target[] => {
    const common = { port: http, host: 'www.example.com', protocol, rate: 120 };
    return [
      { ...common, name: `${protocol} moved`, path: '/moved', backends },
      { ...common, name: `${protocol} steady`, path: '/steady', backends: /^steady$/ },
      { ...common, name: `${protocol} regex`, path: '/regex', backends: /^steady$/ },
      { ...common, name: `${protocol} swapped`, path: '/swapped', backends: /^swapped/ },
    ];
  });
  const secure = { port: https, host: 'secure.example.com', protocol: 'h2', rate: 120 } as const;
  const load = new Load([
    ...targets,
    { ...secure, name: 'h2 moved', path: '/moved', backends },
    { ...secure, name: 'h2 steady', path: '/steady', backends: /^steady$/ },
  ]);

  const www = { port: http, host: 'www.example.com' };
  const applied = async (revision: number): Promise<void> => {
    await dragoman.write('routes.yaml', routes(state, revision));
    await eventually(async () =>
      assert.equal((await send({ ...www, path: '/moved' })).headers['x-revision'], String(revision))
    );
  };
  const started = performance.now();
  let policyCount = 0;
  const edits: readonly ((index: number) => Promise<void>)[] = [
    async (index) => {
      state.backend = movable[index] ?? 'steady';
      state.weighted = false;
      await applied(index);
    },
    async (index) => {
      state.reversed = !state.reversed;
      await applied(index);
    },
    async (index) => {
      state.beside = !state.beside;
      await applied(index);
      await eventually(async () =>
        assert.equal((await send({ ...www, path: '/beside' })).status, state.beside ? 200 : 404)
      );
    },
    async (index) => {
      const old = swap;
      swap = await startEcho({ name: `swapped-${index}` });
      await dragoman.write('swapped.yaml', swapped(swap.port));
      await eventually(async () =>
        assert.equal((await send({ ...www, path: '/swapped' })).seen?.name, swap.name)
      );
      // The old one answers what it was sent, then goes. It does so in this process, which may stand still meanwhile.
      for (let turn = 0; turn < 10; turn++) await sleep(10);
      await old.close();
    },
    async () => {
      state.extraListener = !state.extraListener;
      await dragoman.write('gateway.yaml', listeners(state));
      await eventually(async () => {
        const { status } = await send({ ...www, host: 'extra.example.com', path: '/steady' });
        assert.equal(status, state.extraListener ? 200 : 404);
        const tls = await sendTls({ port: https, serverName: 'extra.example.com', path: '/steady' }).then(
          (answer) => answer.status,
          () => 0,
        );
        assert.equal(tls, state.extraListener ? 200 : 0);
      });
    },
    async (index) => {
      state.weighted = true;
      await applied(index);
    },
    async (index) => {
      const before = state.hostname;
      state.hostname = `renamed-${index}.example.com`;
      await dragoman.write('gateway.yaml', listeners(state));
      await eventually(async () => {
        assert.equal((await send({ ...www, host: state.hostname, path: '/steady' })).status, 200);
        assert.equal((await send({ ...www, host: before, path: '/steady' })).status, 404);
        assert.equal(
          (await sendTls({ port: https, serverName: state.hostname, path: '/steady' })).status,
          200,
        );
      });
    },
    async (index) => {
      const renewed = await pair(`secure ${index}`);
      await dragoman.write(
        'secret.yaml',
        tlsSecret('secure', renewed) + tlsSecret('more', more) + caConfigMap('ca', ca.cert),
      );
      await eventually(async () => {
        const { certificate } = await sendTls({
          port: https,
          serverName: 'secure.example.com',
          path: '/steady',
        });
        assert.equal(certificate, `secure ${index}`);
      });
    },
    async () => {
      // A Service's port becomes a TLS one: a new cluster beside those that others use.
      const port = policyCount % TLS_PORTS;
      policyCount = port + 1;
      await dragoman.write('policies.yaml', policies(policyCount));
      const rule = `{ matches: [{ path: { value: /tls } }], backendRefs: [{ name: tls, port: ${
        8000 + port
      } }] }`;
      await dragoman.write('tls.yaml', route('tls', '', [rule]));
      await eventually(async () => {
        const { seen } = await send({ ...www, path: '/tls' });
        assert.equal(seen?.name, 'tls');
        assert.equal(seen.tls?.serverName, 'backend.example');
      });
    },
  ];
  for (let index = 0; index < EDITS; index++) await edits[index % edits.length]?.(index);
  const seconds = (performance.now() - started) / 1_000;
  const { answers, failures, renewals } = await load.stop();
  t.diagnostic(
    `${EDITS} edits in ${
      seconds.toFixed(1)
    } s, ${answers} answers, ${failures.length} failures, ${renewals} renewed connections`,
  );
  assert.deepEqual(failures, []);
  assert.ok(answers > EDITS * 10, `only ${answers} answers`);
});
