import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Cluster } from '../cluster/cluster.ts';
import { field, startCluster } from '../cluster/testing/cluster.ts';
import { MANIFESTS } from '../kubernetes/stage.ts';
import { install } from '../upstream/controller.ts';
import { Stage } from './beyond.ts';
import { clientProtocolTests } from './client-protocols.ts';
import { endpointSelectorTests } from './endpoint-selector.ts';
import { experimentalTests } from './experimental.ts';
import { listenerFilterTests } from './listener-filters.ts';
import { routabilityTests } from './routability.ts';
import { trustBundleTests } from './trust-bundle.ts';

const tests = [
  ...trustBundleTests,
  ...routabilityTests,
  ...listenerFilterTests,
  ...experimentalTests,
  ...endpointSelectorTests,
  ...clientProtocolTests,
];

let cluster: Cluster;
before(async () => {
  cluster = await startCluster({ channel: 'experimental' });
  await install(cluster, MANIFESTS);
});
after(() => cluster.stop());

for (const { name, features, description, run } of tests) {
  test(`${name}: ${description}`, async () => {
    const claimed = await field(cluster, 'gatewayclass/dragoman', '.status.supportedFeatures[*].name');
    assert.deepEqual(features.filter((feature) => !claimed.split(' ').includes(feature)), []);
    const namespace = name.toLowerCase();
    await cluster.kubectl(['create', 'namespace', namespace]);
    using stage = new Stage(cluster, namespace);
    await run(stage);
  });
}
