import { fromBinary } from '@bufbuild/protobuf';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../model/mod.ts';
import { encodeCluster } from './cluster.ts';
import {
  type Cluster as EnvoyCluster,
  Cluster_DiscoveryType as Discovery,
  ClusterSchema,
} from './gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ResourceSchema } from './gen/envoy/service/discovery/v3/discovery_pb.ts';

const backend = { group: '', kind: 'Service', namespace: 'shop', name: 'web' };
const base: Cluster = {
  key: 'shop/web/80',
  backend,
  protocol: 'http1',
  discovery: { type: 'endpoints', service: 'shop/web', port: 80 },
};

test('encodeCluster() gives clusters that differ in their names the same settings', () => {
  const [one, other] = [messageOf(base), messageOf({ ...base, key: 'shop/other/80' })];
  assert.equal(one.name, 'shop/web/80');
  assert.deepEqual({ ...other, name: one.name }, { ...one });
  assert.equal(one.clusterDiscoveryType.value, Discovery.EDS);
});

test('encodeCluster() keeps the settings of one protocol from clusters of another', () => {
  const options = (protocol: Cluster['protocol']) =>
    Object.keys(messageOf({ ...base, protocol }).typedExtensionProtocolOptions).length;
  assert.deepEqual([options('http2'), options('http1'), options('http2')], [1, 0, 1]);
});

test('encodeCluster() asks DNS, and not the controller, for the endpoints of a hostname', () => {
  const { clusterDiscoveryType, edsClusterConfig, loadAssignment } = messageOf({
    ...base,
    discovery: { type: 'hostname', hostname: 'example.com', port: 443 },
  });
  assert.equal(clusterDiscoveryType.value, Discovery.LOGICAL_DNS);
  assert.equal(edsClusterConfig, undefined);
  assert.equal(loadAssignment?.clusterName, 'shop/web/80');
});

test('encodeCluster() encrypts only to backends that ask for it', () => {
  const tls = { sni: 'web.example.com', trust: { type: 'system' } } as const;
  assert.ok(messageOf({ ...base, tls }).transportSocket);
  assert.equal(messageOf(base).transportSocket, undefined);
});

test('encodeCluster() keeps calls by gRPC-Web out of the stats, by a prefix with the name of the cluster', () => {
  const patterns = (of: Partial<Cluster>): readonly unknown[] => {
    const matcher = messageOf({ ...base, ...of }).statsMatcher?.statsMatcher;
    return matcher?.case === 'exclusionList'
      ? matcher.value.patterns.map(({ matchPattern: { case: type, value } }) =>
        type === 'prefix' ? value : type
      )
      : [];
  };
  assert.deepEqual(patterns({}), []);
  for (const key of ['shop/web/80/http2', 'shop/other/80/http2']) {
    assert.deepEqual(patterns({ key, protocol: 'http2' }), [`cluster.${key}.grpc-web.`, 'safeRegex']);
  }
});

/** As it comes off the wire. */
function messageOf(cluster: Cluster): EnvoyCluster {
  const { resource } = fromBinary(ResourceSchema, encodeCluster(cluster).bytes);
  return fromBinary(ClusterSchema, resource?.value ?? new Uint8Array());
}
