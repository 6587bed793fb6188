import type { Host, TLSContext, TLSSettings, TLSVersion } from '../../lib/api/legacy/mod.ts';
import type { Secret } from '../../lib/api/mod.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { Diagnostic, DownstreamTls, TlsVersion } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { keyPairOf } from '../secret/key-pair.ts';
import { certificateName, trustName } from '../secret/names.ts';
import { isFlaw } from '../secret/pem.ts';
import { trustAnchorsOf } from '../secret/trust-anchors.ts';
import type { HostResult, NamedContext } from './flow.ts';
import { isGlob } from './host-glob.ts';
import { refOf } from './settings.ts';

export interface TlsReads {
  readonly secrets: Collection<Secret>;
  readonly contexts: Collection<NamedContext>;
}

/** A Host with its certificate. One whose TLS is wrong has none, so that nobody is served with less than was asked for. */
export function translateHost(host: Host, fetch: Fetch, reads: TlsReads): HostResult {
  const object = refOf(host);
  const { metadata, spec } = host;
  const diagnostics: Diagnostic[] = [];
  const report = (field: string, message: string, code = 'InvalidTLS'): void => {
    diagnostics.push({ object, severity: 'error', code, field, message });
  };
  if (!isGlob(spec.hostname)) {
    report(
      'spec.hostname',
      `${spec.hostname} is no hostname: a * stands in front or behind.`,
      'InvalidHostname',
    );
  }
  const tls = tlsOf(host, fetch, { ...reads, report });
  const problem = diagnostics[0]?.message;
  return {
    key: host.key,
    object,
    generation: metadata.generation,
    hostname: spec.hostname.toLowerCase(),
    labels: metadata.labels ?? {},
    action: spec.requestPolicy.insecure.action,
    secrets: problem === undefined ? tls?.secrets ?? [] : [],
    diagnostics,
    ...(spec.mappingSelector === undefined ? {} : { selector: spec.mappingSelector.matchLabels ?? {} }),
    ...(tls === undefined || problem !== undefined ? {} : { tls: tls.tls }),
    ...(problem === undefined ? {} : { problem }),
  };
}

interface HostTls {
  readonly tls: DownstreamTls;
  readonly secrets: readonly SecretUse[];
}

type Report = (field: string, message: string) => void;

function tlsOf(
  { spec, metadata: { name, namespace = '' } }: Host,
  fetch: Fetch,
  { secrets, contexts, report }: TlsReads & { readonly report: Report },
): HostTls | undefined {
  if (spec.tlsSecret === undefined) return undefined;
  if (spec.tls !== undefined && spec.tlsContext !== undefined) {
    report('spec.tls', 'A Host has tls or tlsContext, not both.');
    return undefined;
  }
  let context: TLSContext | undefined;
  if (spec.tlsContext !== undefined) {
    context = fetch.one(contexts, spec.tlsContext)?.context;
    if (context === undefined) {
      report('spec.tlsContext.name', `TLSContext ${spec.tlsContext} does not exist.`);
    }
  } else if (spec.tls === undefined) context = fetch.one(contexts, `${name}-context`)?.context;
  const settings: TLSSettings = spec.tls ?? context?.spec ?? {};
  const own = { namespace: spec.tlsSecret.namespace ?? namespace, name: spec.tlsSecret.name };
  if (context?.spec.secret !== undefined) {
    const other = secretName(context.spec.secret, context.metadata.namespace ?? '', context.spec);
    if (other.name !== own.name || other.namespace !== own.namespace) {
      const at = `${other.namespace}/${other.name}`;
      report('spec.tlsSecret', `TLSContext ${context.metadata.name} has another Secret, ${at}.`);
    }
  }
  const pair = pairProblem(fetch.one(secrets, `${own.namespace}/${own.name}`));
  if (pair !== undefined) report('spec.tlsSecret.name', `Secret ${own.namespace}/${own.name} ${pair}.`);
  const uses: SecretUse[] = [certificateUse(own)];
  const base = context?.metadata.namespace ?? namespace;
  let trust: string | undefined;
  if (settings.caSecret !== undefined) {
    const ca = secretName(settings.caSecret, base, context?.spec ?? {});
    const use = trustUse(ca);
    trust = use.name;
    const problem = anchorsProblem(fetch.one(secrets, `${ca.namespace}/${ca.name}`));
    if (problem !== undefined) report('spec.tls.ca_secret', `Secret ${ca.namespace}/${ca.name} ${problem}.`);
    uses.push(use);
  } else if (settings.certRequired === true) {
    report(
      'spec.tls.cert_required',
      'Client certificates are required, but no ca_secret says whom to trust.',
    );
  }
  for (const [field, value] of Object.entries(unsupported(settings))) {
    if (value) report(`spec.tls.${field}`, `${field} is not supported yet, so the Host has no TLS.`);
  }
  return {
    secrets: uses,
    tls: {
      certificates: [certificateName(own)],
      alpn: settings.alpnProtocols ?? ['h2', 'http/1.1'],
      ...versionsOf(settings),
      ...(settings.cipherSuites === undefined ? {} : { cipherSuites: settings.cipherSuites }),
      ...(trust === undefined
        ? {}
        : { clientValidation: { trust, insecureFallback: settings.certRequired !== true } }),
    },
  };
}

/** What would weaken TLS if it were left out. */
export function unsupported(settings: TLSSettings): Readonly<Record<string, boolean>> {
  return {
    crl_secret: settings.crlSecret !== undefined,
    cert_chain_file: settings.certChainFile !== undefined,
    private_key_file: settings.privateKeyFile !== undefined,
    cacert_chain_file: settings.cacertChainFile !== undefined,
    ecdh_curves: settings.ecdhCurves !== undefined,
  };
}

/** `NAME`, or `NAME.NAMESPACE` unless told that dots belong to the name. */
export function secretName(
  written: string,
  namespace: string,
  { secretNamespacing = true }: { readonly secretNamespacing?: boolean | undefined },
): { readonly namespace: string; readonly name: string } {
  const dot = secretNamespacing ? written.indexOf('.') : -1;
  return dot < 0
    ? { namespace, name: written }
    : { name: written.slice(0, dot), namespace: written.slice(dot + 1) };
}

export function certificateUse(of: { readonly namespace: string; readonly name: string }): SecretUse {
  return { name: certificateName(of), type: 'certificate', sources: [{ group: '', kind: 'Secret', ...of }] };
}

export function trustUse(of: { readonly namespace: string; readonly name: string }): SecretUse {
  const source = { group: '', kind: 'Secret', ...of };
  return { name: trustName([source]), type: 'trust', sources: [source] };
}

export function pairProblem(secret: Secret | undefined): string | undefined {
  if (secret === undefined) return 'does not exist';
  const pair = keyPairOf(secret);
  return isFlaw(pair) ? `is broken: ${pair.field} ${pair.problem}` : undefined;
}

export function anchorsProblem(secret: Secret | undefined): string | undefined {
  if (secret === undefined) return 'does not exist';
  const anchors = trustAnchorsOf(secret);
  return isFlaw(anchors) ? `is broken: ${anchors.field} ${anchors.problem}` : undefined;
}

const VERSIONS: Readonly<Record<TLSVersion, TlsVersion>> = {
  'v1.0': '1.0',
  'v1.1': '1.1',
  'v1.2': '1.2',
  'v1.3': '1.3',
};

export function versionsOf(
  { minTlsVersion, maxTlsVersion }: TLSSettings,
): { readonly minVersion?: TlsVersion; readonly maxVersion?: TlsVersion } {
  return {
    ...(minTlsVersion === undefined ? {} : { minVersion: VERSIONS[minTlsVersion] }),
    ...(maxTlsVersion === undefined ? {} : { maxVersion: VERSIONS[maxTlsVersion] }),
  };
}
