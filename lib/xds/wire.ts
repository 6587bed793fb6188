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

const text = new TextEncoder();
const TYPE_BY_URL = new Map(Object.entries(TYPE_URL).map(([type, url]) => [url, type as ResourceType]));

/** The type of a type URL; absent for types that are not served. */
export function typeOfUrl(url: string): ResourceType | undefined {
  return TYPE_BY_URL.get(url);
}

export function decodeRequest(bytes: Uint8Array): DeltaDiscoveryRequest {
  return fromBinary(DeltaDiscoveryRequestSchema, bytes);
}

/** Encodes a `DeltaDiscoveryResponse`. */
export function encodeResponse(content: ResponseContent): Uint8Array {
  const fields: { readonly tag: number; readonly bytes: Uint8Array }[] = [
    { tag: field(1), bytes: text.encode(String(content.revision)) },
  ];
  for (const { bytes } of content.resources) fields.push({ tag: field(2), bytes });
  fields.push({ tag: field(4), bytes: text.encode(TYPE_URL[content.type]) });
  fields.push({ tag: field(5), bytes: text.encode(content.nonce) });
  for (const name of content.removed) fields.push({ tag: field(6), bytes: text.encode(name) });

  let length = 0;
  for (const { bytes } of fields) length += 1 + varintLength(bytes.length) + bytes.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const { tag, bytes } of fields) {
    out[at++] = tag;
    let rest = bytes.length;
    while (rest > 127) {
      out[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    out[at++] = rest;
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}

/** Tag byte of a length-delimited field. */
function field(number: number): number {
  return (number << 3) | 2;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 127; rest >>>= 7) length++;
  return length;
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
