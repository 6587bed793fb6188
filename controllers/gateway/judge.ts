import type { Gateway } from '../../lib/api/gateway.ts';
import type { RouteGroupKind } from '../../lib/api/listener.ts';
import type { Fetch, Index } from '../../lib/graph/types.ts';
import type { Diagnostic, DownstreamTls } from '../../lib/model/mod.ts';
import type { ListenerFilters, SecretUse } from '../flow.ts';
import type { BackendReads } from '../service/backend.ts';
import type { Settings } from '../settings.ts';
import { type GatewayBind, portFindings } from './binds.ts';
import { type GatewayCertificateReads, listenerCertificates } from './certificates.ts';
import { type PortValidation, portValidation } from './client-validation.ts';
import { conflictFindings } from './conflicts.ts';
import { type FilterReads, listenerFilters } from './listener-filters.ts';
import { type DeclaredListener, type Finding, finding, type ListenerSource } from './listeners.ts';
import { protocolFindings, protocolOf, routeKinds } from './protocols.ts';
import { tlsOptions } from './tls-options.ts';

export interface JudgeReads extends GatewayCertificateReads, BackendReads {
  readonly settings: Settings;
  readonly binds: Index<GatewayBind>;
}

/** A listener with all that is right and wrong about it. */
export interface JudgedListener {
  readonly declared: DeclaredListener;
  readonly kinds: readonly RouteGroupKind[];
  readonly findings: readonly Finding[];
  /** What the user should know, though no condition tells of it. */
  readonly notes: readonly Diagnostic[];
  readonly secrets: readonly SecretUse[];
  /** What it asks before routing. */
  readonly filters?: ListenerFilters;
  /** Absent if the listener terminates no TLS, or cannot. */
  readonly tls?: DownstreamTls;
  /** Routes may attach, whether or not it can serve. */
  readonly attachable: boolean;
  /** Proxies can serve it. */
  readonly servable: boolean;
}

/** Judges the listeners of a Gateway and of its ListenerSets, together and in order of precedence, by listener key. */
export function judgeListeners(
  gateway: Gateway,
  fetch: Fetch,
  { sources, address, ...reads }: JudgeReads & FilterReads & {
    readonly sources: readonly ListenerSource[];
    /** Absent if the Gateway has none: then its ports are not compared with those of others. */
    readonly address: string | undefined;
  },
): ReadonlyMap<string, JudgedListener> {
  const conflicts = conflictFindings(sources);
  const listeners = sources.flatMap((source) => source.listeners);
  const ports = portFindings(listeners.filter(({ key }) => !conflicts.has(key)), fetch, {
    address,
    gateway,
    ...reads,
  });
  const validations = new Map<number, PortValidation>();
  const judged = new Map<string, JudgedListener>();
  for (const declared of listeners) {
    const { key, spec: { port } } = declared;
    const clash = conflicts.get(key) ?? ports.get(key);
    const barred = clash === undefined ? protocolFindings(declared) : [clash];
    if (barred.length > 0) {
      judged.set(key, verdict(declared, { findings: barred }));
      continue;
    }
    const filters = listenerFilters(declared, fetch, reads);
    if (!terminatesTls(declared)) {
      judged.set(key, verdict(declared, filters));
      continue;
    }
    const validation = validations.get(port) ?? portValidation(gateway, fetch, { ...reads, port });
    validations.set(port, validation);
    const outcome = terminate(declared, fetch, { ...reads, validation });
    judged.set(
      key,
      verdict(declared, { ...filters, ...outcome, findings: [...filters.findings, ...outcome.findings] }),
    );
  }
  return judged;
}

function terminatesTls({ spec: { protocol, tls } }: DeclaredListener): boolean {
  return protocolOf(protocol)?.family === 'tls' && tls?.mode !== 'Passthrough';
}

type Outcome =
  & Pick<JudgedListener, 'findings' | 'tls' | 'filters'>
  & Partial<Pick<JudgedListener, 'notes' | 'secrets'>>;

function terminate(
  declared: DeclaredListener,
  fetch: Fetch,
  { validation, ...reads }: GatewayCertificateReads & { readonly validation: PortValidation },
): Outcome {
  const { options, problems } = tlsOptions(declared.spec.tls?.options ?? {}, {
    isHttp: declared.spec.protocol === 'HTTPS',
  });
  const { secrets, notes, ...certificates } = listenerCertificates(declared, fetch, reads);
  const unknown = problems.map(({ key, message, fix }) =>
    finding(declared, {
      condition: 'Accepted',
      at: `.tls.options["${key}"]`,
      code: 'UnsupportedValue',
      message,
      fix,
    })
  );
  const findings = [...unknown, ...certificates.findings, ...validation.findings];
  if (secrets.length === 0) return { findings, notes };
  const tls: DownstreamTls = { certificates: secrets.map(({ name }) => name), ...options };
  return {
    findings,
    notes,
    secrets: [...secrets, ...validation.secrets],
    tls: validation.validation === undefined ? tls : { ...tls, clientValidation: validation.validation },
  };
}

function verdict(
  declared: DeclaredListener,
  { findings: found, notes = [], secrets = [], tls, filters }: Outcome,
): JudgedListener {
  const { kinds, findings: kindFindings } = routeKinds(declared);
  const findings = [...found, ...kindFindings];
  const attachable = findings.every(({ condition, diagnostic: { code } }) =>
    condition === 'ResolvedRefs' || code === 'NoValidCACertificate'
  );
  const accepted = findings.every(({ condition }) => condition === 'ResolvedRefs');
  const servable = accepted && kinds.length > 0 && (tls !== undefined || !terminatesTls(declared));
  const used = servable ? [...secrets, ...filters?.secrets ?? []] : [];
  const judged = {
    declared,
    kinds,
    findings,
    notes,
    attachable,
    servable,
    secrets: used,
    ...(filters === undefined ? {} : { filters }),
  };
  return tls === undefined || !servable ? judged : { ...judged, tls };
}
