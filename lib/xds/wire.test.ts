import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClusterLoadAssignmentSchema } from '../envoy/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from '../envoy/gen/envoy/service/discovery/v3/discovery_pb.ts';
import { TYPE_URL } from '../envoy/resource.ts';
import { cluster, virtualHost } from './testing/resources.ts';
import { decodeRequest, encodeResponse, substitute, typeOfUrl } from './wire.ts';

describe('encodeResponse()', () => {
  it('writes what protobuf reads, whatever the length of a resource', () => {
    const long = virtualHost('rc/a', [{ body: 'x'.repeat(20_000) }]);
    const medium = virtualHost('rc/b', [{ body: 'x'.repeat(200) }]);
    const bytes = encodeResponse({
      type: 'VirtualHost',
      nonce: '17',
      resources: [long, medium],
      removed: ['rc/c', 'rc/d'],
      revision: 300,
    });
    const response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
    assert.equal(response.nonce, '17');
    assert.equal(response.systemVersionInfo, '300');
    assert.equal(response.typeUrl, TYPE_URL.VirtualHost);
    assert.deepEqual(response.removedResources, ['rc/c', 'rc/d']);
    assert.deepEqual(response.resources.map(({ name, version }) => ({ name, version })), [
      { name: 'rc/a', version: long.version },
      { name: 'rc/b', version: medium.version },
    ]);
    assert.ok((response.resources[0]?.resource?.value.length ?? 0) > 20_000);
  });

  it('writes the same bytes as protobuf does', () => {
    const resource = cluster('a');
    const bytes = encodeResponse({
      type: 'Cluster',
      nonce: '1',
      resources: [resource],
      removed: ['b'],
      revision: 1,
    });
    assert.deepEqual(
      new Uint8Array(bytes),
      toBinary(DeltaDiscoveryResponseSchema, fromBinary(DeltaDiscoveryResponseSchema, bytes)),
    );
  });
});

describe('decodeRequest()', () => {
  it('reads a request', () => {
    const request = create(DeltaDiscoveryRequestSchema, {
      typeUrl: TYPE_URL.Cluster,
      initialResourceVersions: { a: '1' },
      responseNonce: '2',
    });
    const read = decodeRequest(toBinary(DeltaDiscoveryRequestSchema, request));
    assert.deepEqual(read.initialResourceVersions, { a: '1' });
    assert.equal(typeOfUrl(read.typeUrl), 'Cluster');
    assert.equal(typeOfUrl('type.googleapis.com/envoy.service.runtime.v3.Runtime'), undefined);
  });
});

describe('substitute()', () => {
  it('is an empty assignment for endpoints that nobody has', () => {
    const resource = substitute('ClusterLoadAssignment', 'a');
    const bytes = encodeResponse({
      type: 'ClusterLoadAssignment',
      nonce: '1',
      resources: resource === undefined ? [] : [resource],
      removed: [],
      revision: 1,
    });
    const [only] = fromBinary(DeltaDiscoveryResponseSchema, bytes).resources;
    const value = only?.resource?.value ?? new Uint8Array();
    assert.equal(fromBinary(ClusterLoadAssignmentSchema, value).clusterName, 'a');
    assert.equal(substitute('Secret', 'a'), undefined);
  });
});
