import type { Gateway, TLSConfig } from '../../lib/api/gateway.ts';
import type { Fetch, Keyed } from '../../lib/graph/types.ts';
import type { ClientValidation, Diagnostic, ObjectRef } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { trustName } from '../secret/names.ts';
import { type CertificateReads, isUnresolved, resolveTrust } from '../secret/resolve.ts';
import { reasonOf } from './certificates.ts';
import { type Finding, sourceOf } from './listeners.ts';

/** What the HTTPS listeners of one port demand of clients (GEP-91). */
export interface PortValidation extends Keyed {
  /** Absent if nothing is demanded, or if `findings` leave no trust anchor. */
  readonly validation?: ClientValidation;
  readonly secrets: readonly SecretUse[];
  /** Hold for each HTTPS listener of the port. */
  readonly findings: readonly Finding[];
}

/** `spec.tls.frontend` for a port: its own entry, or else the default; undefined if nothing is demanded. */
export function portValidation(
  gateway: Gateway,
  fetch: Fetch,
  reads: CertificateReads & { readonly port: number },
): PortValidation | undefined {
  const configured = configOf(gateway, reads.port);
  if (configured?.config.validation === undefined) return undefined;
  const key = validationKey(gateway.key, reads.port);
  const { field, config: { validation: { caCertificateRefs, mode } } } = configured;
  const { object } = sourceOf(gateway);
  const sources: ObjectRef[] = [];
  const findings: Finding[] = [];
  for (const [index, to] of caCertificateRefs.entries()) {
    const resolved = resolveTrust(fetch, reads, { from: object, to });
    if (!isUnresolved(resolved)) {
      sources.push(resolved.source);
      continue;
    }
    const invalid = resolved.cause === 'unsupported-kind'
      ? 'InvalidCACertificateKind'
      : 'InvalidCACertificateRef';
    const diagnostic: Diagnostic = {
      object,
      severity: 'error',
      field: `${field}.validation.caCertificateRefs[${index}]`,
      ...reasonOf(resolved, invalid),
    };
    findings.push({ condition: 'ResolvedRefs', diagnostic });
  }
  if (sources.length === 0) {
    const message = `No CA certificate can be used to validate clients of port ${reads.port}.`;
    const diagnostic: Diagnostic = {
      object,
      severity: 'error',
      code: 'NoValidCACertificate',
      field: `${field}.validation.caCertificateRefs`,
      message,
    };
    return { key, secrets: [], findings: [...findings, { condition: 'Accepted', diagnostic }] };
  }
  const trust = trustName(sources);
  return {
    key,
    validation: { trust, insecureFallback: mode === 'AllowInsecureFallback' },
    secrets: [{ name: trust, type: 'trust', sources }],
    findings,
  };
}

/** Key of a PortValidation, of the `namespace/name` of the Gateway. */
export function validationKey(gateway: string, port: number): string {
  return `${gateway}/${port}`;
}

/** Whether clients without a valid certificate are let in somewhere, which the Gateway's status must say. */
export function allowsInsecureClients({ spec }: Gateway): boolean {
  const { frontend } = spec.tls ?? {};
  if (frontend === undefined) return false;
  const configs = [frontend.default, ...(frontend.perPort ?? []).map(({ tls }) => tls)];
  return configs.some(({ validation }) => validation?.mode === 'AllowInsecureFallback');
}

function configOf(
  { spec }: Gateway,
  port: number,
): { readonly field: string; readonly config: TLSConfig } | undefined {
  const { frontend } = spec.tls ?? {};
  if (frontend === undefined) return undefined;
  const index = (frontend.perPort ?? []).findIndex((entry) => entry.port === port);
  const own = frontend.perPort?.[index];
  if (own !== undefined) return { field: `spec.tls.frontend.perPort[${index}].tls`, config: own.tls };
  return { field: 'spec.tls.frontend.default', config: frontend.default };
}
