import type { LocalObjectReference } from './object-reference.ts';

/** What a policy of the same namespace applies to. */
export interface LocalPolicyTargetReference extends LocalObjectReference {}

export interface LocalPolicyTargetReferenceWithSectionName extends LocalPolicyTargetReference {
  /** A listener of a Gateway or a port name of a Service. */
  readonly sectionName?: string | undefined;
}
