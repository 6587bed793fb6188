import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, equals, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import * as fc from 'fast-check';
import { ClusterSchema } from './gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ResourceSchema } from './gen/envoy/service/discovery/v3/discovery_pb.ts';
import { seal } from './seal.ts';

test('seal() gives the bytes that protobuf itself would, versioned by their content', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.string(), (name, altStatName) => {
      const message = create(ClusterSchema, { name, altStatName });
      const resource = seal(ClusterSchema, message, { type: 'Cluster', name });
      const ordinary = create(ResourceSchema, {
        name,
        version: resource.version,
        resource: anyPack(ClusterSchema, message),
      });
      const decoded = fromBinary(ResourceSchema, resource.bytes);
      assert.ok(
        equals(ResourceSchema, decoded, fromBinary(ResourceSchema, toBinary(ResourceSchema, ordinary))),
      );
      const inner = decoded.resource && anyUnpack(decoded.resource, ClusterSchema);
      assert.equal(inner?.name, name);
      assert.equal(resource.key, `Cluster|${name}`);
    }),
  );
});

test('seal() gives other content another version, and the same content the same', () => {
  const version = (altStatName: string): string =>
    seal(ClusterSchema, create(ClusterSchema, { name: 'a', altStatName }), { type: 'Cluster', name: 'a' })
      .version;
  assert.equal(version('x'), version('x'));
  assert.notEqual(version('x'), version('y'));
  assert.match(version('x'), /^[\w-]{22}$/);
});
