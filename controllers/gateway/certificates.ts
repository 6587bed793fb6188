import type { Collection, Fetch } from '../../lib/graph/types.ts';
import { describe, type Diagnostic } from '../../lib/model/mod.ts';
import type { Clock, SecretUse } from '../flow.ts';
import type { KeyPair } from '../secret/key-pair.ts';
import { certificateName } from '../secret/names.ts';
import {
  type CertificateReads,
  isUnresolved,
  type ResolvedKeyPair,
  resolveKeyPair,
  type Unresolved,
} from '../secret/resolve.ts';
import { type DeclaredListener, type Finding, finding } from './listeners.ts';

export interface GatewayCertificateReads extends CertificateReads {
  readonly clock: Collection<Clock>;
}

/** The key pairs that a listener terminates TLS with. */
export interface ListenerCertificates {
  /** Those that can be used; without any the listener cannot serve. */
  readonly secrets: readonly SecretUse[];
  readonly findings: readonly Finding[];
  readonly notes: readonly Diagnostic[];
}

/** Resolves `tls.certificateRefs`; `ResolvedRefs` tells of those that fail, and the others are used. */
export function listenerCertificates(
  listener: DeclaredListener,
  fetch: Fetch,
  reads: GatewayCertificateReads,
): ListenerCertificates {
  const references = listener.spec.tls?.certificateRefs ?? [];
  if (references.length === 0) {
    const missing = finding(listener, {
      condition: 'ResolvedRefs',
      at: '.tls.certificateRefs',
      code: 'InvalidCertificateRef',
      message: 'The listener terminates TLS but refers to no certificate.',
      fix: 'Refer to a Secret with tls.crt and tls.key.',
    });
    return { secrets: [], findings: [missing], notes: [] };
  }
  const { group, kind, namespace } = listener.parent;
  const secrets = new Map<string, SecretUse>();
  const findings: Finding[] = [];
  const notes: Diagnostic[] = [];
  for (const [index, to] of references.entries()) {
    const at = `.tls.certificateRefs[${index}]`;
    const resolved = resolveKeyPair(fetch, reads, { from: { group, kind, namespace }, to });
    if (isUnresolved(resolved)) {
      findings.push(
        finding(listener, { condition: 'ResolvedRefs', at, ...reasonOf(resolved, 'InvalidCertificateRef') }),
      );
      continue;
    }
    const use = certificateUse(resolved);
    secrets.set(use.name, use);
    const problem = validityProblem(resolved, fetch, reads);
    if (problem !== undefined) {
      notes.push({ object: listener.parent, field: `${listener.field}${at}`, ...problem });
    }
  }
  return { secrets: [...secrets.values()], findings, notes };
}

export function certificateUse({ source }: ResolvedKeyPair): SecretUse {
  return { name: certificateName(source), type: 'certificate', sources: [source] };
}

/** The reason and texts for a reference that does not resolve. */
export function reasonOf(
  { cause, message, fix }: Unresolved,
  invalid: string,
): Pick<Diagnostic, 'code' | 'message'> & { readonly fix: string } {
  return { code: cause === 'not-permitted' ? 'RefNotPermitted' : invalid, message, fix };
}

/** A certificate out of its time is served all the same: a warning, since clients will say so themselves. */
export function validityProblem(
  { source, pair }: ResolvedKeyPair,
  fetch: Fetch,
  { clock }: Pick<GatewayCertificateReads, 'clock'>,
): Omit<Diagnostic, 'object' | 'field'> | undefined {
  const time = fetch.one(clock, 'now')?.time;
  const problem = time === undefined ? undefined : outOfTime(pair, time);
  if (problem === undefined) return undefined;
  return {
    severity: 'warning',
    code: 'CertificateNotValid',
    message: `The certificate in ${describe(source)} ${problem}.`,
    fix: 'Renew the certificate.',
  };
}

function outOfTime({ notBefore, notAfter }: KeyPair, time: number): string | undefined {
  if (time > notAfter) return `expired on ${new Date(notAfter).toISOString()}`;
  return time < notBefore ? `is valid only from ${new Date(notBefore).toISOString()}` : undefined;
}
