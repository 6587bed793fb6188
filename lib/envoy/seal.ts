import { type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { hash } from 'node:crypto';
import { encode, field } from './wire.ts';
import { type Resource, type ResourceType, TYPE_URL } from './resource.ts';

/** Content hash (SHA-256, 128 bits of it): tenants choose content, so it must be hard to collide. */
export function hashOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url').slice(0, 22);
}

export interface SealOptions {
  readonly type: ResourceType;
  readonly name: string;
  readonly needs?: readonly string[];
  readonly parts?: Resource['parts'];
}

/** Wraps an encoded message as the `envoy.service.discovery.v3.Resource` that goes over the wire. */
export function sealBytes(message: Uint8Array, { type, name, needs = [], parts }: SealOptions): Resource {
  const version = hashOf(message);
  const any = [field(1, TYPE_URL[type]), field(2, message)];
  const bytes = encode([field(1, version), field(2, any), field(3, name)]);
  const resource = { key: `${type}|${name}`, type, name, version, bytes, needs };
  return parts === undefined ? resource : { ...resource, parts };
}

/** Encodes a message and wraps it. */
export function seal<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
  options: SealOptions,
): Resource {
  return sealBytes(toBinary(schema, message), options);
}
