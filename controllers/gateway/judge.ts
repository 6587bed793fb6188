import type { RouteGroupKind } from '../../lib/api/listener.ts';
import type { Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type { Diagnostic, DownstreamTls, FilterChain } from '../../lib/model/mod.ts';
import type { ListenerFilters, SecretUse } from '../flow.ts';
import type { BackendReads } from '../service/backend.ts';
import type { Settings } from '../settings.ts';
import { type GatewayBind, portFinding } from './binds.ts';
import { type GatewayCertificateReads, listenerCertificates } from './certificates.ts';
import { ownChain } from './chains.ts';
import { type PortValidation, validationKey } from './client-validation.ts';
import type { Conflict } from './conflicts.ts';
import type { GatewayFrame } from './frame.ts';
import { listenerFilters } from './listener-filters.ts';
import { type DeclaredListener, type Finding, finding } from './listeners.ts';
import { protocolFindings, protocolOf, routeKinds } from './protocols.ts';
import type { AttachedListener } from './sources.ts';
import { tlsOptions } from './tls-options.ts';

export interface JudgeReads extends GatewayCertificateReads, BackendReads {
  readonly settings: Settings;
  readonly frames: Collection<GatewayFrame>;
  readonly conflicts: Collection<Conflict>;
  readonly binds: Index<GatewayBind>;
  /** By `validationKey`. */
  readonly validations: Collection<PortValidation>;
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

/** A listener of a Gateway, judged. `key` is that of the ListenerProjection. */
export interface JudgedAttached extends AttachedListener {
  readonly judged: JudgedListener;
  /** Its own, that proxies serve it by; none for cleartext HTTP, which shares one, and for UDP. */
  readonly chain?: FilterChain;
}

/** Judges one listener; what others have to do with it is told by `conflicts` and `binds`. */
export function judgeListener(
  attached: AttachedListener,
  fetch: Fetch,
  reads: JudgeReads,
): JudgedAttached | undefined {
  const frame = fetch.one(reads.frames, attached.gateway);
  if (frame === undefined) return undefined;
  const judged = judgedBy(attached, fetch, { ...reads, frame });
  const chain = judged.servable ? ownChain(judged, { ...frame, settings: reads.settings }) : undefined;
  return { ...attached, judged, ...(chain === undefined ? {} : { chain }) };
}

function judgedBy(
  attached: AttachedListener,
  fetch: Fetch,
  { frame, ...reads }: JudgeReads & { readonly frame: GatewayFrame },
): JudgedListener {
  const { key, gateway, declared } = attached;
  const clash = fetch.one(reads.conflicts, key)?.finding ??
    portFinding(attached, fetch, { frame, binds: reads.binds, settings: reads.settings });
  const barred = clash === undefined ? protocolFindings(declared) : [clash];
  if (barred.length > 0) return verdict(declared, { findings: barred });
  const filters = listenerFilters(declared, fetch, { ...reads, clientCertificate: frame.client.use?.name });
  if (!terminatesTls(declared)) return verdict(declared, filters);
  const validation = fetch.one(reads.validations, validationKey(gateway, declared.spec.port)) ??
    NO_VALIDATION;
  const outcome = terminate(declared, fetch, { ...reads, validation });
  return verdict(declared, {
    ...filters,
    ...outcome,
    findings: [...filters.findings, ...outcome.findings],
  });
}

const NO_VALIDATION: Omit<PortValidation, 'key'> = { secrets: [], findings: [] };

/** Index bucket of a listener: the key of what its port demands of clients; none if it terminates no TLS. */
export function validatedPort({ gateway, declared }: AttachedListener): readonly string[] {
  return terminatesTls(declared) ? [validationKey(gateway, declared.spec.port)] : [];
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
  { validation, ...reads }: GatewayCertificateReads & { readonly validation: Omit<PortValidation, 'key'> },
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
