/** The CRDs of manifests/legacy in a real API server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';

import type { Cluster } from '../../conformance/cluster/cluster.ts';
import { apply, startCluster } from '../../conformance/cluster/testing/cluster.ts';
import { legacyKinds } from '../../lib/api/legacy/kinds.ts';
import { anySpellings } from '../../lib/api/legacy/testing/spellings.ts';
import { decode } from '../../lib/api/mod.ts';

const folder = fileURLToPath(new URL('../../manifests/legacy', import.meta.url));

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ apiServerOnly: true });
  await cluster.kubectl(['apply', '--server-side', '--kustomize', folder]);
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all']);
});
after(() => cluster.stop());

interface Raw {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: object;
}

function specOf(raw: object): unknown {
  const { object, problems } = decode(raw);
  assert.deepEqual(problems, [], JSON.stringify(raw));
  return object !== undefined && 'spec' in object ? object.spec : assert.fail('no spec');
}

/** Everything of a kind, as one version has it. */
async function list(kind: string, version: string): Promise<readonly Raw[]> {
  const { plural } = legacyKinds[kind as keyof typeof legacyKinds];
  const path = `/apis/getambassador.io/${version}/namespaces/default/${plural}`;
  return (JSON.parse(await cluster.kubectl(['get', '--raw', path])) as { readonly items: readonly Raw[] })
    .items
    .map((item) => ({ ...item, apiVersion: `getambassador.io/${version}`, kind }));
}

/** Whether a glob is an exact name, which v3alpha1 and v2 call differently. */
function sameHost(spec: unknown): unknown {
  return JSON.parse(
    JSON.stringify(spec),
    (key, value: { readonly type?: string; readonly value?: string }) =>
      key === 'host' && value.type === 'Exact' && value.value?.includes('*') === false
        ? { ...value, type: 'Glob' }
        : value,
  );
}

test('every definition is one that the API server takes without remarks', async () => {
  const conditions =
    '{range .items[*]}{.metadata.name}{.status.conditions[?(@.type=="NonStructuralSchema")]}\n{end}';
  const lines = (await cluster.kubectl(['get', 'crd', '--output', `jsonpath=${conditions}`])).trim().split(
    '\n',
  );
  assert.equal(lines.length, 14);
  for (const line of lines) assert.match(line, /^[a-z]+\.getambassador\.io$/);
});

test('what is written in any version means the same where it is read as v3alpha1', async () => {
  const samples = fc.sample(anySpellings, { numRuns: 200, seed: 7 }).filter(({ v2 }) =>
    !('host' in v2) || v2.host !== ''
  );
  const written = samples.flatMap(({ kind, v3alpha1, v2 }, index): Raw[] => [
    { apiVersion: 'getambassador.io/v3alpha1', kind, metadata: { name: `a${index}` }, spec: v3alpha1 },
    { apiVersion: 'getambassador.io/v2', kind, metadata: { name: `b${index}` }, spec: v2 },
    ...kind === 'Host'
      ? []
      : [{ apiVersion: 'getambassador.io/v1', kind, metadata: { name: `c${index}` }, spec: v2 }],
  ]);
  await apply(cluster, ...written);
  const read = new Map<string, Raw>();
  for (const kind of new Set(written.map(({ kind }) => kind))) {
    for (const raw of await list(kind, 'v3alpha1')) read.set(`${kind} ${raw.metadata.name}`, raw);
  }
  assert.equal(read.size, written.length);
  for (const raw of written) {
    const found = read.get(`${raw.kind} ${raw.metadata.name}`) ?? assert.fail('is missing');
    assert.deepEqual(sameHost(specOf(found)), sameHost(specOf(raw)), JSON.stringify(raw));
  }
});

test('objects of every version may be changed and get statuses by another version', async () => {
  const v2 = { apiVersion: 'getambassador.io/v2', kind: 'Mapping', metadata: { name: 'mixed' } };
  await apply(cluster, { ...v2, spec: { prefix: '/', service: 'a', tls: true, ambassador_id: 'x' } });
  const patch = async (version: string, body: object, ...more: string[]): Promise<void> => {
    const resource = `mappings.${version}.getambassador.io/mixed`;
    await cluster.kubectl(['patch', resource, '--type=merge', `--patch=${JSON.stringify(body)}`, ...more]);
  };
  await patch('v3alpha1', { status: { state: 'Running' } }, '--subresource=status');
  await patch('v3alpha1', { spec: { hostname: 'a.example', timeout_ms: 5 } });
  await patch('v1', { spec: { weight: 5 } });
  const found = (await list('Mapping', 'v2')).find(({ metadata }) => metadata.name === 'mixed');
  assert.deepEqual(found?.spec, {
    ambassador_id: 'x',
    host: '*',
    hostname: 'a.example',
    prefix: '/',
    service: 'a',
    timeout_ms: 5,
    tls: true,
    weight: 5,
  });
  assert.deepEqual((found as { status?: object }).status, { state: 'Running' });
});

test('what is certainly wrong is refused', async () => {
  const wrong = async (kind: string, spec: object): Promise<string> => {
    const raw = { apiVersion: 'getambassador.io/v3alpha1', kind, metadata: { name: 'wrong' }, spec };
    return await apply(cluster, raw).then(() => 'taken', String);
  };
  assert.match(await wrong('Mapping', { prefix: '/' }), /required field "service"/);
  assert.match(await wrong('Mapping', { prefix: '/', service: 'a', timeout_ms: '5' }), /spec\.timeout_ms/);
  assert.match(await wrong('Listener', { port: 0, securityModel: 'XFP', hostBinding: {} }), /spec\.port/);
  assert.match(
    await wrong('Host', { requestPolicy: { insecure: { action: 'redirect' } } }),
    /spec\.requestPolicy/,
  );
});
