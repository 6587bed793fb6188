import type { AnyObject, KindName, Unreadable } from '../api/mod.ts';
import type { RawObject } from './resource.ts';

/** One object's new version, or that it is gone. */
export type ObjectChange =
  | { readonly set: AnyObject }
  | { readonly delete: { readonly kind: KindName; readonly key: string } };

/** An object that was made for a Gateway or XBackend, as it is in the cluster; without `object` if it is gone. */
export interface InfrastructureChange {
  /** `Kind/namespace/name` */
  readonly key: string;
  /** With its status, without `managedFields`. */
  readonly object: RawObject | undefined;
}

/** A kind that not every cluster has, by a CustomResourceDefinition or of Kubernetes itself; it may be read. */
export interface InstalledKind {
  readonly kind: string;
  readonly group: string;
  /** `standard` or `experimental`, if the definition says. */
  readonly channel?: string | undefined;
  /** Such as `v1.7.0`. */
  readonly bundleVersion?: string | undefined;
}

/** Everything that happened in the cluster since the update before; apply all of it at once. */
export interface Update {
  /** At most one an object. */
  readonly changes: readonly ObjectChange[];
  /** All objects whose newest version cannot be decoded; what was there before goes on. */
  readonly unreadable: readonly Unreadable[];
  readonly infrastructure: readonly InfrastructureChange[];
  /** All of them; absent if nothing changed about them. */
  readonly installed?: readonly InstalledKind[] | undefined;
  /** When the first of it was noticed, ms since the epoch. */
  readonly since: number;
}
