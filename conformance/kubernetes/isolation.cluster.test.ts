import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../cluster/cluster.ts';
import { apply, eventually, startCluster } from '../cluster/testing/cluster.ts';
import { Authority, type Pair } from '../standalone/certificates.ts';
import { install } from '../upstream/controller.ts';
import { NAMESPACE } from '../upstream/controller.ts';
import { gateway, httpRoute, referenceGrant, secret } from './objects.ts';
import { podsOf, proxiesOf } from './pods.ts';
import { Requests } from './requests.ts';
import { MANIFESTS } from './stage.ts';
import type { XdsOutcome, XdsQuestion } from './xds-inside.ts';

const ASK_ADMIN = fileURLToPath(new URL('../upstream/ask-admin.ts', import.meta.url));
const XDS = fileURLToPath(new URL('xds-inside.ts', import.meta.url));
const CONFIG = '/config_dump?include_eds';
/** Teams, each with a namespace, a Gateway `web`, and a Secret `certificate` that nobody has a grant for. */
const TEAMS = ['crimson', 'azure'];

let cluster: Cluster;
let requests: Requests;
before(async () => {
  cluster = await startCluster({ channel: 'experimental' });
  await install(cluster, MANIFESTS);
  const authority = await Authority.create('CA');
  const objects = TEAMS.map(async (team) => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: team } },
    secret({ name: 'certificate', namespace: team }, await authority.issue({ commonName: team })),
    gateway({ name: 'web', namespace: team }, { listeners: [HTTP, https('own')] }),
    httpRoute({ name: 'web', namespace: team }, {
      parentRefs: [{ name: 'web' }],
      rules: [{
        filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: `${team}.example.com` } }],
      }],
    }),
  ]);
  await apply(cluster, ...(await Promise.all(objects)).flat());
  requests = new Requests(cluster);
  for (const team of TEAMS) assert.equal(await eventually(() => shown(team, 'own'), { what: team }), team);
});
after(async () => {
  requests[Symbol.dispose]();
  await cluster.stop();
});

const HTTP = { name: 'http', port: 80, protocol: 'HTTP' };

/** A listener for `NAME.example.com` with the certificate of a team's namespace; the Gateway's own unless told. */
function https(name: string, namespace?: string): unknown {
  const reference = { name: 'certificate', ...(namespace === undefined ? {} : { namespace }) };
  return {
    name,
    port: 443,
    protocol: 'HTTPS',
    hostname: `${name}.example.com`,
    tls: { certificateRefs: [reference] },
  };
}

function get(team: string, what: string, path: string): Promise<string> {
  return cluster.kubectl(['get', what, `--namespace=${team}`, `--output=jsonpath={${path}}`]);
}

/** Whose certificate a Gateway shows for `NAME.example.com`. Rejects if it shows none. */
async function shown(team: string, name: string): Promise<string> {
  const address = await get(team, 'gateway/web', '.status.addresses[0].value');
  return (await requests.sendTls({ address, port: 443, serverName: `${name}.example.com` })).certificate;
}

/** All that the proxies of a team's Gateway have in their configuration. */
async function configuration(team: string): Promise<string> {
  const [proxy] = await podsOf(cluster, proxiesOf('web', team));
  const { code, stdout, stderr } = await cluster.run([
    'nsenter',
    `--target=${proxy?.pid}`,
    '--net',
    '--',
    process.execPath,
    ASK_ADMIN,
    CONFIG,
  ]);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** What the xDS server tells who shows a certificate, whatever else it says of itself. */
async function askXds(question: Pick<XdsQuestion, 'trust' | 'client'>): Promise<XdsOutcome> {
  const host = await get(NAMESPACE, 'service/dragoman-xds', '.spec.clusterIP');
  const whole: XdsQuestion = {
    ...question,
    target: `${host}:18000`,
    node: { id: 'azure/web', cluster: 'azure/web' },
    secrets: TEAMS.map((team) => `certificate/${team}/certificate`),
  };
  const { code, stdout, stderr } = await cluster.run([process.execPath, XDS, JSON.stringify(whole)]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as XdsOutcome;
}

/** What the proxies of a team's Gateway show to the xDS server. */
async function identity(team: string): Promise<Pair & { readonly trust: string }> {
  const [cert = '', key = '', trust = ''] = await Promise.all(
    ['tls\\.crt', 'tls\\.key', 'ca\\.crt'].map(async (name) =>
      Buffer.from(await get(team, 'secret/web-dragoman-xds', `.data.${name}`), 'base64').toString()
    ),
  );
  return { cert, key, trust };
}

test('a proxy knows nothing but what is of its own Gateway', async () => {
  for (const [own, other] of [['crimson', 'azure'], ['azure', 'crimson']] as const) {
    const text = await configuration(own);
    assert.match(text, new RegExp(`certificate/${own}/certificate`));
    assert.doesNotMatch(text, new RegExp(other));
  }
});

test('the xDS server goes by the certificate, whatever a proxy says of itself', async () => {
  const { trust, ...client } = await identity('crimson');
  const { names, code } = await askXds({ trust, client });
  assert.equal(code, undefined);
  assert.ok(names.includes('certificate/crimson/certificate'), names.join());
  assert.deepEqual(names.filter((name) => /azure/.test(name)), []);
});

test('the xDS server tells nothing to who shows no certificate of its own authority', async () => {
  const { trust } = await identity('crimson');
  const foreign = await (await Authority.create('foreign')).issue({
    commonName: 'azure',
    names: ['spiffe://dragoman.dev/ns/azure/gateway/web'],
  });
  const outcomes = await Promise.all([{ trust, client: foreign }, { trust }, {}].map(askXds));
  for (const { names, code } of outcomes) {
    assert.deepEqual(names, []);
    assert.ok(code !== undefined);
  }
});

test('a Gateway gets a certificate of another namespace only while that grants it', async () => {
  const ofAzure = /certificate\/azure\/certificate/;
  const change = (...listeners: readonly unknown[]): Promise<void> =>
    apply(cluster, gateway({ name: 'web', namespace: 'crimson' }, { listeners: [HTTP, ...listeners] }));
  await change(https('own'), https('lent', 'azure'));
  const reason = '.status.listeners[?(@.name=="lent")].conditions[?(@.type=="ResolvedRefs")].reason';
  const is = (expected: string): Promise<true> =>
    eventually(async () => await get('crimson', 'gateway/web', reason) === expected ? true : undefined, {
      what: expected,
    });
  await is('RefNotPermitted');
  await assert.rejects(shown('crimson', 'lent'));
  assert.doesNotMatch(await configuration('crimson'), ofAzure);

  const grant = referenceGrant({ name: 'lend', namespace: 'azure' }, {
    from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'crimson' }],
    to: [{ group: '', kind: 'Secret', name: 'certificate' }],
  });
  await apply(cluster, grant);
  await is('ResolvedRefs');
  assert.equal(await eventually(() => shown('crimson', 'lent'), { what: 'the certificate' }), 'azure');

  await cluster.kubectl(['delete', 'referencegrant', 'lend', '--namespace=azure']);
  await is('RefNotPermitted');
  await eventually(() => shown('crimson', 'lent').then(() => undefined, () => true), {
    what: 'a proxy that does not show the certificate',
  });
  // An Envoy keeps it until connections that were made by it have had their time, and would not get it again.
  const { trust, ...client } = await identity('crimson');
  const { names } = await askXds({ trust, client });
  assert.deepEqual(names.filter((name) => ofAzure.test(name)), []);
  assert.equal(await shown('crimson', 'own'), 'crimson');
});

test('routes of another namespace are served while its labels are those that a listener asks for', async () => {
  const from = { from: 'Selector', selector: { matchLabels: { 'example.com/guest': 'yes' } } };
  await apply(
    cluster,
    gateway({ name: 'open', namespace: 'crimson' }, {
      listeners: [{ ...HTTP, allowedRoutes: { namespaces: from } }],
    }),
    httpRoute({ name: 'guest', namespace: 'azure' }, {
      parentRefs: [{ name: 'open', namespace: 'crimson' }],
      rules: [{
        filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'azure.example.com' } }],
      }],
    }),
  );
  const label = (value: string): Promise<string> =>
    cluster.kubectl(['label', 'namespace', 'azure', `example.com/guest${value}`, '--overwrite']);
  const answers = (status: number): Promise<true> =>
    eventually(async () => {
      const address = await get('crimson', 'gateway/open', '.status.addresses[0].value');
      return (await requests.send({ address, port: 80 })).status === status ? true : undefined;
    }, { what: `status ${status}` });
  await answers(404);
  await label('=yes');
  await answers(302);
  await label('-');
  await answers(404);
});

test('proxies may ask the API server nothing', async () => {
  const who = '--as=system:serviceaccount:crimson:web-dragoman';
  for (const what of ['get secrets', 'list secrets', 'get configmaps', 'list pods', 'get gateways']) {
    const asked = await cluster.run([
      'kubectl',
      'auth',
      'can-i',
      ...what.split(' '),
      '--namespace=crimson',
      who,
    ]);
    assert.equal(asked.stdout.trim(), 'no', what);
  }
  const selector = '--selector=gateway.networking.k8s.io/gateway-name=web';
  const volumes = await cluster.kubectl([
    'get',
    'pods',
    '--namespace=crimson',
    selector,
    '--output=jsonpath={.items[*].spec.volumes}',
  ]);
  assert.match(volumes, /web-dragoman-xds/);
  assert.doesNotMatch(volumes, /serviceAccountToken/);
});
