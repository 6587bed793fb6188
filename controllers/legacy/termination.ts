import type { TLSSettings, TLSVersion } from '../../lib/api/legacy/mod.ts';
import type { Secret } from '../../lib/api/mod.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { DownstreamTls, ObjectRef, TlsVersion } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { keyPairOf } from '../secret/key-pair.ts';
import { hasRoot, legacyAnchorsOf, requiresCertificates, revocationsOf } from '../secret/legacy-trust.ts';
import { certificateName, legacyTrustName } from '../secret/names.ts';
import { isFlaw } from '../secret/pem.ts';

export type Report = (field: string, message: string) => void;

export interface Termination {
  /** Without protocols (ALPN), unless the settings say some. */
  readonly tls: DownstreamTls;
  readonly secrets: readonly SecretUse[];
}

export interface TerminationOptions {
  readonly fetch: Fetch;
  readonly secrets: Collection<Secret>;
  readonly report: Report;
  /** What the Secret of the certificate, and what the settings are called in reports. */
  readonly fields: { readonly secret: string; readonly settings: string };
  readonly secretNamespacing: boolean | undefined;
}

interface TrustReads extends Pick<TerminationOptions, 'fetch' | 'secrets' | 'secretNamespacing'> {
  /** The Secret of the certificate, which may have a root certificate. */
  readonly own: SecretName | undefined;
}

interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

/** How TLS is terminated with a certificate. Whatever is reported makes it unusable: nobody is served with less than was asked for. */
export function terminationOf(
  { own, settings, base }: {
    readonly own: SecretName;
    readonly settings: TLSSettings;
    /** Namespace of Secrets that are named without one. */
    readonly base: string;
  },
  { fetch, secrets, report, fields, secretNamespacing }: TerminationOptions,
): Termination {
  const pair = pairProblem(fetch.one(secrets, `${own.namespace}/${own.name}`));
  if (pair !== undefined) report(fields.secret, `Secret ${own.namespace}/${own.name} ${pair}.`);
  const { use, required, problems } = settingsOf(settings, base, {
    fetch,
    secrets,
    secretNamespacing,
    own,
  });
  for (const { field, message } of problems) report(`${fields.settings}${field}`, message);
  return {
    secrets: [certificateUse(own), ...(use === undefined ? [] : [use])],
    tls: {
      certificates: [certificateName(own)],
      alpn: settings.alpnProtocols ?? [],
      ...versionsOf(settings),
      ...(settings.cipherSuites === undefined ? {} : { cipherSuites: settings.cipherSuites }),
      ...(settings.ecdhCurves === undefined ? {} : { ecdhCurves: settings.ecdhCurves }),
      ...(use === undefined ? {} : {
        clientValidation: {
          trust: use.name,
          insecureFallback: false,
          ...(settings.certRequired === true || required === true ? {} : { optional: true as const }),
        },
      }),
    },
  };
}

interface Trust {
  readonly use?: SecretUse;
  /** Whether the Secret itself says that certificates must be shown. */
  readonly required?: boolean;
  readonly problems: readonly { readonly field: string; readonly message: string }[];
}

/** All that settings have but the certificate. */
export function settingsOf(settings: TLSSettings, base: string, reads: TrustReads): Trust {
  const { problems, ...trust } = trustOf(settings, base, reads);
  const found = [...problems];
  if (trust.use === undefined && settings.crlSecret !== undefined) {
    found.push({ field: 'crl_secret', message: 'crl_secret is of no use without a ca_secret.' });
  } else if (trust.use === undefined && settings.certRequired === true) {
    const message = 'Client certificates are required, but no ca_secret says whom to trust.';
    found.push({ field: 'cert_required', message });
  }
  for (const [field, value] of Object.entries(unsupported(settings))) {
    const message = `${field} is a file of the proxy, which is not read: put it into a Secret.`;
    if (value) found.push({ field, message });
  }
  return { ...trust, problems: found };
}

/** What would weaken TLS if it were left out. */
export function unsupported(settings: TLSSettings): Readonly<Record<string, boolean>> {
  return {
    cert_chain_file: settings.certChainFile !== undefined,
    private_key_file: settings.privateKeyFile !== undefined,
    cacert_chain_file: settings.cacertChainFile !== undefined,
  };
}

/** `NAME`, or `NAME.NAMESPACE` unless told that dots belong to the name. */
export function secretName(
  written: string,
  namespace: string,
  { secretNamespacing = true }: { readonly secretNamespacing?: boolean | undefined },
): { readonly namespace: string; readonly name: string } {
  // Names have dots, too, but namespaces have none.
  const dot = secretNamespacing ? written.lastIndexOf('.') : -1;
  return dot < 0
    ? { namespace, name: written }
    : { name: written.slice(0, dot), namespace: written.slice(dot + 1) };
}

export function certificateUse(of: { readonly namespace: string; readonly name: string }): SecretUse {
  return { name: certificateName(of), type: 'certificate', sources: [{ group: '', kind: 'Secret', ...of }] };
}

/** The trust anchors of `ca_secret`, or else those that come with the certificate, with the list of `crl_secret`. */
export function trustOf(
  { caSecret, crlSecret }: TLSSettings,
  base: string,
  { fetch, secrets, secretNamespacing, own }: TrustReads,
): Trust {
  const pair = own && fetch.one(secrets, `${own.namespace}/${own.name}`);
  const root = pair !== undefined && hasRoot(pair) ? own : undefined;
  const ca = caSecret === undefined ? root : secretName(caSecret, base, { secretNamespacing });
  if (ca === undefined) return { problems: [] };
  const where = caSecret === undefined ? 'with-pair' : 'alone';
  const problems: { field: string; message: string }[] = [];
  const check = (field: string, of: SecretName, flawOf: (secret: Secret) => object): void => {
    const secret = fetch.one(secrets, `${of.namespace}/${of.name}`);
    const flaw = secret && flawOf(secret);
    const problem = flaw === undefined
      ? 'does not exist'
      : isFlaw(flaw)
      ? `is broken: ${flaw.field} ${flaw.problem}`
      : undefined;
    if (problem !== undefined) {
      problems.push({ field, message: `Secret ${of.namespace}/${of.name} ${problem}.` });
    }
  };
  const authorities = fetch.one(secrets, `${ca.namespace}/${ca.name}`);
  check(caSecret === undefined ? 'secret' : 'ca_secret', ca, (secret) => legacyAnchorsOf(secret, where));
  const crl = crlSecret === undefined ? undefined : secretName(crlSecret, base, { secretNamespacing });
  if (crl !== undefined) check('crl_secret', crl, revocationsOf);
  const ref = (of: SecretName): ObjectRef => ({ group: '', kind: 'Secret', ...of });
  return {
    problems,
    required: authorities !== undefined && requiresCertificates(authorities),
    use: {
      name: legacyTrustName(ca, { where, revocations: crl }),
      type: 'trust',
      legacy: where,
      sources: [ref(ca)],
      ...(crl === undefined ? {} : { revocations: ref(crl) }),
    },
  };
}

export function pairProblem(secret: Secret | undefined): string | undefined {
  if (secret === undefined) return 'does not exist';
  const pair = keyPairOf(secret);
  return isFlaw(pair) ? `is broken: ${pair.field} ${pair.problem}` : undefined;
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
