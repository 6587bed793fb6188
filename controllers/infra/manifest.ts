import { createHash } from 'node:crypto';

import type { Gateway } from '../../lib/api/gateway.ts';
import type { Keyed } from '../../lib/graph/types.ts';
import { infraName, labelValue } from './names.ts';

/** An object that a Gateway or XBackend is to have. `key` is `Kind/namespace/name`. */
export interface InfraObject extends Keyed {
  /** `Gateway/namespace/name`, or that of an XBackend. */
  readonly owner: string;
  /** All that we say about it, for server-side apply. */
  readonly manifest: Manifest;
  /**
   * Fields, such as `spec.replicas`, that the manifest leaves to others. Whoever applies it keeps their values, which
   * server-side apply would take away if they were ours before.
   */
  readonly leaves?: readonly string[];
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

export type StringMap = Readonly<Record<string, string>>;

export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: StringMap;
  readonly annotations?: StringMap;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/** On every object that is made by us; whoever looks for all of them selects by it. */
export const MANAGED_BY: StringMap = { 'app.kubernetes.io/managed-by': 'dragoman' };

const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';

/** Labels that tell a Gateway's Pods from all others; they never change, since a Deployment's selector cannot. */
export function selectorOf({ metadata, spec }: Gateway): StringMap {
  return {
    [GATEWAY_NAME]: labelValue(metadata.name),
    'gateway.networking.k8s.io/gateway-class-name': labelValue(spec.gatewayClassName),
  };
}

/** Labels and annotations beside those of the Gateway, which they override. */
export interface More {
  readonly labels?: StringMap | undefined;
  readonly annotations?: StringMap | undefined;
}

/** Labels and annotations of an object, or of Pods (GEP-1762); ours are put over all others. */
export function marksOf(gateway: Gateway, more: More = {}): Pick<Metadata, 'labels' | 'annotations'> {
  const { labels, annotations } = gateway.spec.infrastructure ?? {};
  const notes = { ...annotations, ...more.annotations };
  return {
    labels: {
      ...labels,
      ...more.labels,
      ...selectorOf(gateway),
      'app.kubernetes.io/name': 'dragoman-proxy',
      ...MANAGED_BY,
    },
    ...(Object.keys(notes).length === 0 ? {} : { annotations: notes }),
  };
}

/** `metadata` of an object of the Gateway: the garbage collector deletes it with the Gateway, or what stands for it. */
export function metadataOf(gateway: Gateway & { readonly owner?: OwnerReference }, more?: More): Metadata {
  const { name, namespace = '', uid } = gateway.metadata;
  const { apiVersion, kind } = gateway;
  const owner = uid === undefined ? gateway.owner : { apiVersion, kind, name, uid, controller: true };
  return {
    name: infraName(gateway),
    namespace,
    ...marksOf(gateway, more),
    ...(owner === undefined ? {} : { ownerReferences: [owner] }),
  };
}

/** A short hash of what JSON says; equal values have equal ones. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
