/** What goes into a session, and what comes out. */

import type { Resource, ResourceType } from '../envoy/resource.ts';
import type { ResponseContent } from './wire.ts';

/** What of a `DeltaDiscoveryRequest` matters here. */
export interface Request {
  readonly typeUrl: string;
  readonly resourceNamesSubscribe: readonly string[];
  readonly resourceNamesUnsubscribe: readonly string[];
  /** Versions by name, of the first request of a type on a stream. */
  readonly initialResourceVersions: Readonly<Record<string, string>>;
  readonly responseNonce: string;
  /** Set in a NACK. */
  readonly errorDetail?: { readonly message: string } | undefined;
}

/** Content that the proxy does not take. */
export interface RefusalReport {
  /** Of the guilty part; the resource's version if no single part is to blame. */
  readonly hash: string;
  /** The proxy's own words. */
  readonly message: string;
  /** Key of the resource. */
  readonly resource: string;
  /** Of the guilty part. */
  readonly source?: string;
}

export type Effect =
  | { readonly kind: 'send'; readonly content: ResponseContent }
  | {
    readonly kind: 'acked';
    readonly type: ResourceType;
    readonly resources: readonly Resource[];
    readonly removed: readonly string[];
    readonly revision: number;
  }
  | { readonly kind: 'refused'; readonly refusal: RefusalReport };
