import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Channel, readCRDs, upstreamFolder } from '../../hack/crds/upstream.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { apply, echo, eventually, field, service, startCluster } from '../cluster/testing/cluster.ts';
import { Authority } from '../standalone/certificates.ts';
import { install } from '../upstream/controller.ts';
import { NAMESPACE } from '../upstream/controller.ts';
import { controllerLog, restartController, statusApi } from './controller.ts';
import { gateway, httpRoute, secret } from './objects.ts';
import { CONTROLLERS, podsOf } from './pods.ts';
import { Requests } from './requests.ts';
import { MANIFESTS } from './stage.ts';

const ROUTE = { parentRefs: [{ name: 'web' }], rules: [{ backendRefs: [{ name: 'one', port: 80 }] }] };
const HTTP = { name: 'http', port: 80, protocol: 'HTTP' };

/** What a request to a Gateway of namespace `default` is answered. */
async function statusFrom(cluster: Cluster, name: string, path = '/'): Promise<number> {
  using requests = new Requests(cluster);
  const address = await field(cluster, `gateway/${name}`, '.status.addresses[0].value');
  const { status } = await requests.send({ address, port: 80, path });
  return status;
}

function answers(cluster: Cluster, name: string, expected: number, path = '/'): Promise<true> {
  return eventually(async () => await statusFrom(cluster, name, path) === expected ? true : undefined, {
    ms: 30_000,
    what: `${expected} from Gateway ${name}`,
  });
}

/** `Type=Status/Reason` of each condition at a path such as `.status.conditions[*]`. */
async function conditions(cluster: Cluster, object: string, path: string): Promise<readonly string[]> {
  const range = `{range ${path}}{.type}={.status}/{.reason} {end}`;
  return (await cluster.kubectl(['get', object, `--output=jsonpath=${range}`])).trim().split(' ');
}

describe('an API server without the definitions of the Gateway API', { timeout: 180_000 }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster.stop());

  const define = (channel: Channel): Promise<void> => apply(cluster, ...readCRDs(upstreamFolder(), channel));
  const starts = async (): Promise<unknown> =>
    (await podsOf(cluster, CONTROLLERS)).map(({ name, restarts }) => ({ name, restarts }));
  let started: unknown;

  test('the controller gets ready, and says that they are missing', async () => {
    // All but the GatewayClass.
    await assert.rejects(
      cluster.kubectl(['apply', '--server-side', '--kustomize', MANIFESTS]),
      /GatewayClass|gatewayclasses/,
    );
    await cluster.kubectl([
      'rollout',
      'status',
      'deployment/dragoman',
      `--namespace=${NAMESPACE}`,
      '--timeout=60s',
    ]);
    started = await starts();
    for (const kind of ['GatewayClass', 'Gateway', 'HTTPRoute']) {
      assert.ok(
        (await controllerLog(cluster)).some((line) =>
          line['kind'] === kind && /is not installed/.test(String(line['msg']))
        ),
        kind,
      );
    }
  });

  test('once those of the standard channel are there, Gateways are served', async () => {
    await define('standard');
    await install(cluster, MANIFESTS);
    await apply(
      cluster,
      echo({ name: 'one' }),
      service('one'),
      gateway({ name: 'web' }, { listeners: [HTTP] }),
      httpRoute({ name: 'web' }, ROUTE),
    );
    await answers(cluster, 'web', 200);
    assert.deepEqual(await starts(), started);
  });

  test('once those of the experimental channel are there, what only they have works as well', async () => {
    const guarded = httpRoute({ name: 'guarded' }, {
      parentRefs: [{ name: 'web' }],
      rules: [{
        matches: [{ path: { value: '/guarded' } }],
        filters: [{
          type: 'ExternalAuth',
          externalAuth: { protocol: 'HTTP', http: {}, backendRef: { name: 'nobody', port: 80 } },
        }],
        backendRefs: [{ name: 'one', port: 80 }],
      }],
    });
    await assert.rejects(apply(cluster, guarded), /ExternalAuth|externalAuth/);
    await define('experimental');
    await eventually(async () => {
      await apply(cluster, guarded);
      return true;
    }, { what: 'an API server that takes the route' });
    // Nobody can be asked, so nobody gets in.
    await answers(cluster, 'web', 500, '/guarded');
    await answers(cluster, 'web', 200);
    assert.deepEqual(await starts(), started);
  });
});

interface Rule {
  readonly resources: readonly string[];
}

describe('a cluster with something amiss', { timeout: 180_000 }, () => {
  let cluster: Cluster;
  let rules: readonly Rule[];
  before(async () => {
    cluster = await startCluster({ channel: 'experimental' });
    await install(cluster, MANIFESTS);
    rules = JSON.parse(await field(cluster, 'clusterrole/dragoman', '.rules')) as readonly Rule[];
    await apply(cluster, echo({ name: 'one' }), service('one'));
  });
  after(() => cluster.stop());

  test('a Gateway with keys that are broken says so, and serves its other listeners', async () => {
    const authority = await Authority.create('CA');
    const [fine, other] = [
      await authority.issue({ commonName: 'fine' }),
      await authority.issue({ commonName: 'other' }),
    ];
    const https = (name: string) => ({
      name,
      port: 443,
      protocol: 'HTTPS',
      hostname: `${name}.example.com`,
      tls: { certificateRefs: [{ name }] },
    });
    const names = ['fine', 'garbled', 'mixed-up'];
    await apply(
      cluster,
      secret({ name: 'fine' }, fine),
      secret({ name: 'garbled' }, { cert: fine.cert, key: fine.key.replaceAll('A', 'B') }),
      secret({ name: 'mixed-up' }, { cert: fine.cert, key: other.key }),
      gateway({ name: 'web' }, { listeners: [HTTP, ...names.map(https)] }),
      httpRoute({ name: 'web' }, ROUTE),
    );
    await answers(cluster, 'web', 200);
    const address = await field(cluster, 'gateway/web', '.status.addresses[0].value');
    using requests = new Requests(cluster);
    const { certificate, status } = await requests.sendTls({
      address,
      port: 443,
      serverName: 'fine.example.com',
    });
    assert.deepEqual([certificate, status], ['fine', 200]);
    for (const name of names) {
      const path = `.status.listeners[?(@.name=="${name}")].conditions[*]`;
      const found = await conditions(cluster, 'gateway/web', path);
      const expected = name === 'fine' ? 'True/ResolvedRefs' : 'False/InvalidCertificateRef';
      assert.ok(found.includes(`ResolvedRefs=${expected}`), `${name}: ${found.join()}`);
      if (name === 'fine') continue;
      const refused = requests.sendTls({ address, port: 443, serverName: `${name}.example.com` });
      await assert.rejects(refused);
    }
  });

  /** Takes the rights to resources away, and starts the controller anew. */
  async function without(...resources: readonly string[]): Promise<void> {
    const left = rules.map((rule) => ({
      ...rule,
      resources: rule.resources.filter((resource) => !resources.includes(resource)),
    })).filter((rule) => rule.resources.length > 0);
    const patch = JSON.stringify([{ op: 'replace', path: '/rules', value: left }]);
    await cluster.kubectl(['patch', 'clusterrole', 'dragoman', '--type=json', `--patch=${patch}`]);
    await restartController(cluster);
  }

  test('a controller that may not read BackendTLSPolicies says so, and all else works', async () => {
    await without('backendtlspolicies', 'backendtlspolicies/status');
    await apply(
      cluster,
      gateway({ name: 'no-policies' }, { listeners: [HTTP] }),
      httpRoute({ name: 'no-policies' }, { ...ROUTE, parentRefs: [{ name: 'no-policies' }] }),
    );
    await answers(cluster, 'no-policies', 200);
    const lines = await controllerLog(cluster);
    assert.ok(
      lines.some(({ level, kind, reason }) =>
        level === 'warn' && kind === 'BackendTLSPolicy' && reason === 'Forbidden'
      ),
    );
    const { items } = await statusApi<{ readonly items: readonly { readonly kind: string }[] }>(
      cluster,
      '/api/v1/diagnostics',
    );
    const diagnostic = items.find(({ kind }) => kind === 'BackendTLSPolicy');
    assert.match(JSON.stringify(diagnostic), /Forbidden.*backendtlspolicies/);
    const features = await field(cluster, 'gatewayclass/dragoman', '.status.supportedFeatures[*].name');
    assert.match(features, /\bHTTPRoute\b/);
    assert.doesNotMatch(features, /BackendTLSPolicy/);
  });

  test('a controller that may list Secrets nowhere says so, and all but their certificates works', async () => {
    // It makes those of its Gateways by their names.
    const names = { name: 'secrets-by-name' };
    const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', ...names };
    const binding = (namespace: string) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { ...names, namespace },
      roleRef: role,
      subjects: [{ kind: 'ServiceAccount', name: 'dragoman', namespace: NAMESPACE }],
    });
    const { cert, key } = await (await Authority.create('CA')).issue({ commonName: 'fine' });
    await apply(
      cluster,
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: names,
        rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create', 'patch'] }],
      },
      binding(NAMESPACE),
      binding('default'),
      secret({ name: 'fine' }, { cert, key }),
    );
    await without('secrets');
    await apply(
      cluster,
      gateway({ name: 'no-secrets' }, {
        listeners: [HTTP, {
          name: 'https',
          port: 443,
          protocol: 'HTTPS',
          tls: { certificateRefs: [{ name: 'fine' }] },
        }],
      }),
      httpRoute({ name: 'no-secrets' }, { ...ROUTE, parentRefs: [{ name: 'no-secrets' }] }),
    );
    await answers(cluster, 'no-secrets', 200);
    const lines = await controllerLog(cluster);
    assert.ok(
      lines.some(({ level, kind, reason }) =>
        level === 'warn' && kind === 'Secret' && reason === 'Forbidden'
      ),
    );
    const https = await conditions(
      cluster,
      'gateway/no-secrets',
      '.status.listeners[?(@.name=="https")].conditions[*]',
    );
    assert.ok(https.includes('ResolvedRefs=False/InvalidCertificateRef'), https.join());
  });
});
