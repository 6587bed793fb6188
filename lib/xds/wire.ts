/** Responses as bytes. Resources are encoded already, so a response is their concatenation with a few bytes between. */

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import { ClusterLoadAssignmentSchema } from '../envoy/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { RouteConfigurationSchema } from '../envoy/gen/envoy/config/route/v3/route_pb.ts';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  ResourceSchema,
} from '../envoy/gen/envoy/service/discovery/v3/discovery_pb.ts';
import { type Resource, type ResourceType, TYPE_URL } from '../envoy/resource.ts';
import { encode, field } from '../envoy/wire.ts';

/** What is sent in one `envoy.service.discovery.v3.DeltaDiscoveryResponse`. */
export interface ResponseContent {
  readonly type: ResourceType;
  readonly nonce: string;
  readonly resources: readonly Resource[];
  /** Names. */
  readonly removed: readonly string[];
  /** `system_version_info`, for people who read traces. */
  readonly revision: number;
}

const TYPE_BY_URL = new Map(Object.entries(TYPE_URL).map(([type, url]) => [url, type as ResourceType]));

/** The type of a type URL; absent for types that are not served. */
export function typeOfUrl(url: string): ResourceType | undefined {
  return TYPE_BY_URL.get(url);
}

export function decodeRequest(bytes: Uint8Array): DeltaDiscoveryRequest {
  return fromBinary(DeltaDiscoveryRequestSchema, bytes);
}

/** Encodes a `DeltaDiscoveryResponse`. */
export function encodeResponse({ type, nonce, resources, removed, revision }: ResponseContent): Uint8Array {
  return encode([
    field(1, String(revision)),
    ...resources.map(({ bytes }) => field(2, bytes)),
    field(4, TYPE_URL[type]),
    field(5, nonce),
    ...removed.map((name) => field(6, name)),
  ]);
}

/**
 * What is served for a name that Envoy asks for and nobody has: without an answer its cluster or listener would warm
 * for ever. Absent for types where a removal is answer enough.
 */
export function substitute(type: ResourceType, name: string): Resource | undefined {
  if (type === 'ClusterLoadAssignment') {
    return wrap(
      type,
      name,
      anyPack(ClusterLoadAssignmentSchema, create(ClusterLoadAssignmentSchema, { clusterName: name })),
    );
  }
  if (type === 'RouteConfiguration') {
    return wrap(type, name, anyPack(RouteConfigurationSchema, create(RouteConfigurationSchema, { name })));
  }
  return undefined;
}

function wrap(type: ResourceType, name: string, resource: Any): Resource {
  const version = 'none';
  const bytes = toBinary(ResourceSchema, create(ResourceSchema, { name, version, resource }));
  return { key: `${type}|${name}`, type, name, version, bytes, needs: [] };
}
