import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHttpAuth } from './auth-server.ts';
import { Authority, secret, tlsSecret } from './certificates.ts';
import { startZipkin } from './collector.ts';
import { startConsul } from './consul.ts';
import { whoAnswers } from './conversation.ts';
import { seenHeader } from './expect.ts';
import { legacy } from './legacy.ts';
import { Load, type Target } from './load.ts';
import { startLogServer } from './log-server.ts';
import { service, serviceAt } from './manifests.ts';
import { startRateLimits } from './rate-limit-server.ts';
import { type Answer, type RequestOptions, send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

const EDITS = 200;

/** What is edited again and again, and how that shows. */
interface Edited {
  /** The manifests after so many edits; even and odd rounds alternate between two things. */
  readonly text: (round: number) => string;
  /** Throws until they have their effect. */
  readonly check: (round: number) => void | Promise<void>;
}

/** It tells its round in its answers, and the RateLimitService its name. */
function mapping(name: string, spec: string, round = 0): string {
  return legacy(
    'Mapping',
    name,
    `{ hostname: "*", prefix: "/${name}/", ${spec},
       labels: { shop: [{ name: [{ generic_key: { value: ${name} } }] }] },
       add_response_headers: { x-round: { value: "${round}" } } }`,
  );
}

function listener(name: string, depth: number): string {
  return legacy(
    'Listener',
    name,
    `{ port: {port:${name}}, protocol: HTTPS, securityModel: XFP, l7Depth: ${depth},
       hostBinding: { namespace: { from: ALL } } }`,
  );
}

function host(name: string, hostname: string, more = ''): string {
  return legacy(
    'Host',
    name,
    `{ hostname: ${hostname}, requestPolicy: { insecure: { action: Route } }${more} }`,
  );
}

test(
  `no request is lost while ${EDITS} edits go round all kinds of legacy resources`,
  { timeout: 600_000 },
  async (t) => {
    await using stack = new AsyncDisposableStack();
    const pairOf = async <T extends AsyncDisposable>(start: () => Promise<T>): Promise<readonly [T, T]> => [
      stack.use(await start()),
      stack.use(await start()),
    ];
    const auths = await pairOf(startHttpAuth);
    const limits = await pairOf(startRateLimits);
    const logs = await pairOf(startLogServer);
    const consuls = await pairOf(startConsul);
    const zipkin = stack.use(await startZipkin());
    const ca = await Authority.create('CA');
    const web = (name: string) => ca.issue({ commonName: name, names: ['www.example.com'] });
    const nth = <T>(round: number, pair: readonly [T, T]): T => pair[round % 2 === 0 ? 0 : 1];

    const www = { host: 'www.example.com' };
    const get = (path: string, options: Partial<RequestOptions> = {}): Promise<Answer> =>
      send({ ...www, port: dragoman.port('https'), path: `/${path}/`, ...options });
    const hasRound = async (path: string, round: number): Promise<void> =>
      assert.equal((await get(path)).headers['x-round'], String(round));
    const grows = async ({ length }: { readonly length: number }, asked: () => number): Promise<void> => {
      await get('steady');
      assert.ok(asked() > length);
    };

    const edited: Readonly<Record<string, Edited>> = {
      Mapping: {
        text: (round) =>
          mapping('moved', `service: ${nth(round, ['a', 'b'])}`, round) +
          mapping('moved', `service: a, weight: ${(round * 7) % 100}`, round).replace(
            'name: moved',
            'name: canary',
          ),
        check: (round) => hasRound('moved', round),
      },
      TCPMapping: {
        text: (round) =>
          legacy('TCPMapping', 'tcp', `{ port: {port:tcp}, service: ${nth(round, ['a', 'b'])} }`),
        check: async (round) => assert.equal(await whoAnswers(dragoman.port('tcp')), nth(round, ['a', 'b'])),
      },
      Host: {
        text: (round) =>
          host(
            'www',
            'www.example.com',
            `, tlsSecret: { name: ${
              nth(round, ['web', 'web-odd'])
            } }, tls: { alpn_protocols: "h2,http/1.1" }`,
          ) +
          nth(round, ['', host('extra', 'extra.example.com')]),
        check: async (round) => {
          const port = dragoman.port('https');
          const shown = await sendTls({ port, serverName: 'www.example.com', path: '/steady/' });
          assert.equal(shown.certificate, nth(round, ['web', 'web-odd']));
          const { status } = await get('steady', { host: 'extra.example.com' });
          assert.equal(status, nth(round, [404, 200]));
        },
      },
      Listener: {
        text: (round) => listener('https', nth(round, [1, 2])) + nth(round, ['', listener('extra', 1)]),
        check: async (round) => {
          const headers = { 'x-forwarded-for': '203.0.113.1, 203.0.113.2' };
          const answer = await get('steady', { headers });
          assert.equal(
            seenHeader(answer, 'x-envoy-external-address'),
            nth(round, ['203.0.113.2', '203.0.113.1']),
          );
          const extra = await get('steady', { port: dragoman.port('extra') })
            .then(({ status }) => status, () => 0);
          assert.equal(extra, nth(round, [0, 200]));
        },
      },
      Module: {
        // All Listeners change by it, and all groups.
        text: (round) =>
          legacy(
            'Module',
            'ambassador',
            `{ config: { server_name: shop-${round}, cluster_request_timeout_ms: ${9_000 + round},
               default_label_domain: shop } }`,
          ),
        check: async (round) => assert.equal((await get('steady')).headers.server, `shop-${round}`),
      },
      TLSContext: {
        text: (round) =>
          legacy(
            'TLSContext',
            'up',
            `{ ca_secret: ca, sni: ${nth(round, ['even.example.com', 'odd.example.com'])} }`,
          ),
        check: async (round) =>
          assert.equal(
            (await get('secure')).seen?.tls?.serverName,
            nth(round, ['even.example.com', 'odd.example.com']),
          ),
      },
      AuthService: {
        text: (round) =>
          legacy(
            'AuthService',
            'auth',
            `{ auth_service: ${nth(round, ['auth-even', 'auth-odd'])}, timeout_ms: ${9_000 + round},
               add_auth_headers: { authorization: allow } }`,
          ),
        check: (round) => {
          const { asked } = nth(round, auths);
          return grows({ length: asked.length }, () => asked.length);
        },
      },
      RateLimitService: {
        text: (round) =>
          legacy(
            'RateLimitService',
            'limits',
            `{ service: ${nth(round, ['limits-even', 'limits-odd'])}, protocol_version: v3,
               timeout_ms: ${9_000 + round}, failure_mode_deny: true }`,
          ),
        check: (round) => {
          const { asked } = nth(round, limits);
          return grows({ length: asked.length }, () => asked.length);
        },
      },
      TracingService: {
        text: (round) =>
          legacy(
            'TracingService',
            'zipkin',
            `{ service: zipkin, driver: zipkin, sampling: { overall: ${nth(round, [0, 100])} } }`,
          ),
        check: async (round) =>
          assert.equal(seenHeader(await get('steady'), 'x-b3-sampled'), nth(round, ['0', '1'])),
      },
      LogService: {
        text: (round) =>
          legacy(
            'LogService',
            'logs',
            `{ service: ${nth(round, ['logs-even', 'logs-odd'])}, driver: http, protocol_version: v3,
               flush_interval_byte_size: 1 }`,
          ),
        check: (round) => {
          const { http } = nth(round, logs);
          return grows({ length: http.length }, () => http.length);
        },
      },
      KubernetesServiceResolver: {
        text: (round) => {
          const name = nth(round, ['service-even', 'service-odd']);
          return legacy('KubernetesServiceResolver', name, '{}') +
            mapping('plain', `service: a, resolver: ${name}`, round);
        },
        check: (round) => hasRound('plain', round),
      },
      KubernetesEndpointResolver: {
        text: (round) => {
          const name = nth(round, ['endpoint-even', 'endpoint-odd']);
          return legacy('KubernetesEndpointResolver', name, '{}') +
            mapping(
              'hashed',
              `service: a, resolver: ${name}, load_balancer: { policy: maglev, source_ip: true }`,
              round,
            );
        },
        check: (round) => hasRound('hashed', round),
      },
      ConsulResolver: {
        // Each round asks what nobody asked before.
        text: (round) =>
          legacy(
            'ConsulResolver',
            'consul',
            `{ address: "127.0.0.1:${nth(round, consuls).port}", datacenter: dc${round} }`,
          ),
        check: async (round) => assert.equal((await get('consul')).seen?.name, nth(round, ['a', 'b'])),
      },
      DevPortal: {
        text: (round) =>
          legacy('DevPortal', 'portal', `{ content: { url: "https://example.org/${round}" } }`),
        check: (round) => {
          const portal = dragoman.running.dataflow.objects.DevPortal.get('default/portal');
          assert.equal(portal?.spec.content?.url, `https://example.org/${round}`);
        },
      },
      'from resolver to resolver': {
        text: (round) =>
          mapping(
            'wandering',
            [
              'service: a',
              'service: b, resolver: endpoint',
              `service: wandering-${round}, resolver: steady`,
            ][round % 3] ?? '',
            round,
          ),
        check: async (round) => {
          await hasRound('wandering', round);
          assert.equal((await get('wandering')).seen?.name, ['a', 'b', 'a'][round % 3]);
        },
      },
    };

    await using dragoman = await Standalone.start({
      files: {
        'all.yaml': service('a') + service('b') + service('secure') + serviceAt('zipkin', zipkin.port) +
          ['even', 'odd'].map((name, index) =>
            serviceAt(`auth-${name}`, nth(index, auths).port) +
            serviceAt(`limits-${name}`, nth(index, limits).port) +
            serviceAt(`logs-${name}`, nth(index, logs).port)
          ).join('') +
          secret('ca', { 'ca.crt': ca.cert }) + tlsSecret('web', await web('web')) +
          tlsSecret('web-odd', await web('web-odd')) +
          legacy('ConsulResolver', 'steady', `{ address: "127.0.0.1:${consuls[0].port}", datacenter: dc }`) +
          mapping('steady', 'service: a') + mapping('consul', 'service: cart, resolver: consul') +
          mapping('secure', 'service: "secure:80", tls: up'),
        ...Object.fromEntries(Object.entries(edited).map(([name, { text }]) => [`${name}.yaml`, text(0)])),
      },
      echoes: {
        secure: {
          tls: await ca.issue({ commonName: 'secure', names: ['even.example.com', 'odd.example.com'] }),
        },
      },
    });
    const [even, odd] = [dragoman.echo('a').port, dragoman.echo('b').port];
    consuls[0].set('cart', [even]);
    consuls[1].set('cart', [odd]);
    for (let round = 2; round < EDITS; round += 3) consuls[0].set(`wandering-${round}`, [even]);
    const paths = ['moved', 'steady', 'secure', 'plain', 'hashed', 'consul', 'wandering'];
    for (const path of paths) await eventually(async () => assert.equal((await get(path)).status, 200, path));

    const tcp = { host: 'www.example.com', port: dragoman.port('tcp'), path: '/', rate: 20 };
    const load = new Load([
      ...paths.flatMap((path): Target[] => {
        const target = { ...www, port: dragoman.port('https'), path: `/${path}/`, rate: 20 };
        return [
          { ...target, name: `http1 ${path}`, protocol: 'http1' },
          { ...target, name: `h2 ${path}`, protocol: 'h2' },
        ];
      }),
      { ...tcp, name: 'tcp', protocol: 'http1' },
      { ...tcp, name: 'tcp anew', protocol: 'http1-anew' },
    ]);
    const all = Object.entries(edited);
    const started = performance.now();
    for (let edit = 0; edit < EDITS; edit++) {
      const [name, { text, check }] = all[edit % all.length] ?? assert.fail();
      const round = Math.floor(edit / all.length) + 1;
      await dragoman.write(`${name}.yaml`, text(round));
      await eventually(() => check(round));
    }
    const seconds = (performance.now() - started) / 1_000;
    const { answers, failures, renewals } = await load.stop();
    t.diagnostic(
      `${EDITS} edits in ${seconds.toFixed(1)} s, ${answers} answers, ${renewals} renewed connections`,
    );
    assert.deepEqual(failures, []);
    assert.ok(answers > EDITS);
  },
);
