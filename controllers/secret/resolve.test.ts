import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ClusterTrustBundle } from '../../lib/api/cluster-trust-bundle.ts';
import type { ConfigMap } from '../../lib/api/config-map.ts';
import type { ReferenceGrant } from '../../lib/api/reference-grant.ts';
import type { Secret } from '../../lib/api/secret.ts';
import { createGraph, type Fetch } from '../../lib/graph/mod.ts';
import type { InstalledDefinition, SecretUse } from '../flow.ts';
import { standalone } from '../gateway/testing/world.ts';
import { grantBuckets } from '../reference-grant/granted.ts';
import { certificateName, sourcesOfName, trustName } from './names.ts';
import { type CertificateReads, type CertificateReference, resolveKeyPair, resolveTrust } from './resolve.ts';
import { configMapOf, other, secretOf, tlsSecret, trustBundleOf, web } from './testing/fixtures.ts';
import { translateSecret } from './translate.ts';

const from = { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'infra' };

const grant: ReferenceGrant = {
  key: 'certs/allow',
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'ReferenceGrant',
  metadata: { namespace: 'certs', name: 'allow', generation: 1 },
  spec: { from: [from], to: [{ group: '', kind: 'Secret' }] },
};

/** What `question` answers over a few Secrets and ConfigMaps. */
function ask<T>(question: (fetch: Fetch, reads: CertificateReads) => T, settings = standalone): T {
  const graph = createGraph({
    onFault: ({ error }) => {
      throw error;
    },
  });
  const secrets = graph.input<Secret>('Secret');
  const configMaps = graph.input<ConfigMap>('ConfigMap');
  const grantInput = graph.input<ReferenceGrant>('ReferenceGrant');
  const clusterTrustBundles = graph.input<ClusterTrustBundle>('ClusterTrustBundle');
  const installed = graph.input<InstalledDefinition>('installed');
  const grants = graph.index('grants', grantInput, grantBuckets);
  const reads: CertificateReads = { settings, secrets, configMaps, clusterTrustBundles, installed, grants };
  const questions = graph.input('questions');
  const answers = graph.map(
    'answers',
    questions,
    ({ key }, fetch) => ({ key, answer: question(fetch, reads) }),
  );
  secrets.set(tlsSecret('infra/web', web));
  secrets.set(tlsSecret('infra/mixed', { certificate: web.certificate, key: other.key }));
  secrets.set(tlsSecret('certs/web', web));
  secrets.set(secretOf('infra/ca', { 'ca.crt': other.certificate }));
  configMaps.set(configMapOf('infra/ca', { 'ca.crt': `# ours\n${web.certificate}` }));
  configMaps.set(configMapOf('infra/empty', {}));
  clusterTrustBundles.set(trustBundleOf('example.org:signer:ca', web.certificate));
  clusterTrustBundles.set(trustBundleOf('empty', ''));
  grantInput.set(grant);
  questions.set({ key: 'q' });
  graph.commit();
  const answered = answers.get('q');
  assert.ok(answered);
  return answered.answer;
}

type To = CertificateReference['to'];

const pairs: readonly { name: string; to: To; expected: string | RegExp }[] = [
  {
    name: 'a Secret of its namespace',
    to: { group: '', kind: 'Secret', name: 'web' },
    expected: 'infra/web',
  },
  {
    name: 'a granted Secret',
    to: { group: '', kind: 'Secret', name: 'web', namespace: 'certs' },
    expected: 'certs/web',
  },
  {
    name: 'a granted Secret that is missing',
    to: { group: '', kind: 'Secret', name: 'gone', namespace: 'certs' },
    expected: /^invalid: Secret\/certs\/gone does not exist\.$/,
  },
  {
    name: 'a Secret without grant that is missing',
    to: { group: '', kind: 'Secret', name: 'gone', namespace: 'apps' },
    expected:
      /^not-permitted: No ReferenceGrant in namespace apps lets a Gateway of namespace infra refer to Secret\/apps\/gone\.$/,
  },
  {
    name: 'another kind without grant',
    to: { group: '', kind: 'ConfigMap', name: 'web', namespace: 'certs' },
    expected: /^not-permitted:/,
  },
  {
    name: 'another kind',
    to: { group: '', kind: 'ConfigMap', name: 'ca' },
    expected: /^unsupported-kind: ConfigMap is/,
  },
  {
    name: 'another group',
    to: { group: 'example.com', kind: 'Secret', name: 'web' },
    expected: /^unsupported-kind: Secret of group example\.com is/,
  },
  {
    name: 'a Secret whose key does not fit',
    to: { group: '', kind: 'Secret', name: 'mixed' },
    expected:
      /^invalid: Secret\/infra\/mixed: data\["tls\.key"\] does not fit the certificate in data\["tls\.crt"\]\.$/,
  },
];

test('resolveKeyPair() with a reference to', async (t) => {
  for (const { name, to, expected } of pairs) {
    await t.test(name, () => {
      const result = ask((fetch, reads) => resolveKeyPair(fetch, reads, { from, to }));
      const said = 'cause' in result
        ? `${result.cause}: ${result.message}`
        : `${result.source.namespace}/${result.source.name}`;
      if (typeof expected === 'string') assert.equal(said, expected);
      else assert.match(said, expected);
    });
  }
});

const bundle = { group: 'certificates.k8s.io', kind: 'ClusterTrustBundle' };

const anchors: readonly { name: string; to: To; expected: string | RegExp }[] = [
  { name: 'a ConfigMap', to: { group: '', kind: 'ConfigMap', name: 'ca' }, expected: 'ConfigMap/infra/ca' },
  { name: 'a Secret', to: { group: '', kind: 'Secret', name: 'ca' }, expected: 'Secret/infra/ca' },
  {
    name: 'a ConfigMap without ca.crt',
    to: { group: '', kind: 'ConfigMap', name: 'empty' },
    expected: /^invalid: ConfigMap\/infra\/empty: data\["ca\.crt"\] is missing\.$/,
  },
  {
    name: 'a missing ConfigMap',
    to: { group: '', kind: 'ConfigMap', name: 'gone' },
    expected: /^invalid:.*does not exist/,
  },
  {
    name: 'another kind',
    to: { group: '', kind: 'Service', name: 'web' },
    expected: /^unsupported-kind: Service is/,
  },
  {
    name: 'a ClusterTrustBundle',
    to: { ...bundle, name: 'example.org:signer:ca' },
    expected: 'ClusterTrustBundle//example.org:signer:ca',
  },
  {
    name: 'an empty ClusterTrustBundle',
    to: { ...bundle, name: 'empty' },
    expected: /^invalid: ClusterTrustBundle\/empty: spec\.trustBundle holds no PEM certificate\.$/,
  },
  {
    name: 'a missing ClusterTrustBundle',
    to: { ...bundle, name: 'gone' },
    expected: /^invalid: ClusterTrustBundle\/gone does not exist/,
  },
  {
    name: 'a ClusterTrustBundle of another group',
    to: { ...bundle, group: 'example.org', name: 'empty' },
    expected: /^unsupported-kind:/,
  },
  {
    name: 'a ConfigMap without grant',
    to: { group: '', kind: 'ConfigMap', name: 'ca', namespace: 'certs' },
    expected: /^not-permitted:/,
  },
];

test('a ClusterTrustBundle is of no kind that is known where the cluster serves none', () => {
  const to = { ...bundle, name: 'example.org:signer:ca' };
  const question = (fetch: Fetch, reads: CertificateReads): ReturnType<typeof resolveTrust> =>
    resolveTrust(fetch, reads, { from, to });
  const result = ask(question, { ...standalone, mode: 'kubernetes' });
  assert.ok('cause' in result);
  assert.equal(result.cause, 'unsupported-kind');
  assert.match(result.message, /is not served by this cluster/);
});

test('resolveTrust() with a reference to', async (t) => {
  for (const { name, to, expected } of anchors) {
    await t.test(name, () => {
      const result = ask((fetch, reads) => resolveTrust(fetch, reads, { from, to }));
      if ('cause' in result) assert.match(`${result.cause}: ${result.message}`, expected as RegExp);
      else assert.equal(trustName([result.source]), `trust/${expected as string}`);
    });
  }
});

test('translateSecret() sends the key pair of a Secret', () => {
  const source = { group: '', kind: 'Secret', namespace: 'infra', name: 'web' };
  const use: SecretUse = { name: certificateName(source), type: 'certificate', sources: [source] };
  assert.deepEqual(ask((fetch, reads) => translateSecret(use, fetch, reads)), {
    key: 'certificate/infra/web',
    type: 'certificate',
    chain: web.certificate,
    privateKey: web.key,
  });
});

test('translateSecret() joins trust anchors in order', () => {
  const sources = ['ConfigMap', 'Secret'].map((kind) => ({
    group: '',
    kind,
    namespace: 'infra',
    name: 'ca',
  }));
  sources.push({ ...bundle, namespace: '', name: 'example.org:signer:ca' });
  const use: SecretUse = { name: trustName(sources), type: 'trust', sources };
  assert.deepEqual(sourcesOfName(use.name), sources);
  assert.deepEqual(ask((fetch, reads) => translateSecret(use, fetch, reads)), {
    key: 'trust/ConfigMap/infra/ca,Secret/infra/ca,ClusterTrustBundle//example.org:signer:ca',
    type: 'trust',
    bundle: web.certificate + other.certificate + web.certificate,
  });
});

test('translateSecret() sends nothing for what is missing or broken', () => {
  for (const name of ['gone', 'mixed']) {
    const source = { group: '', kind: 'Secret', namespace: 'infra', name };
    const use: SecretUse = { name: certificateName(source), type: 'certificate', sources: [source] };
    assert.equal(ask((fetch, reads) => translateSecret(use, fetch, reads)), undefined);
  }
  const anchors = ['ca', 'empty'].map((name) => ({ group: '', kind: 'ConfigMap', namespace: 'infra', name }));
  const use: SecretUse = { name: trustName(anchors), type: 'trust', sources: anchors };
  assert.equal(ask((fetch, reads) => translateSecret(use, fetch, reads)), undefined);
});
