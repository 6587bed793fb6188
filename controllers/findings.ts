import type { Bucket, Keyed } from '../lib/graph/types.ts';
import type { Diagnostic } from '../lib/model/mod.ts';
import type { DiagnosticSet } from './flow.ts';

/** One diagnostic on its way to the object that it is about. `key` is `object|found at|index`. */
export interface Finding extends Keyed {
  readonly diagnostic: Diagnostic;
}

/** Diagnostics that were found with the value of key `at`; they may be about other objects. */
export function findingsOf(at: string, diagnostics: readonly Diagnostic[]): readonly Finding[] {
  return diagnostics.map((diagnostic, index) => ({
    key: `${objectKey(diagnostic)}|${at}|${String(index).padStart(4, '0')}`,
    diagnostic,
  }));
}

/** Index bucket of a finding: its object. */
export function objectOf({ diagnostic }: Finding): readonly string[] {
  return [objectKey(diagnostic)];
}

export function diagnosticSet({ key, members }: Bucket<Finding>): DiagnosticSet {
  return { key, diagnostics: members.map(({ diagnostic }) => diagnostic) };
}

function objectKey({ object: { kind, namespace, name } }: Diagnostic): string {
  return namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}
