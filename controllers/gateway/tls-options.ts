import type { DownstreamTls, TlsVersion } from '../../lib/model/mod.ts';

/**
 * Keys of a listener's `tls.options`:
 * `min-version` and `max-version` (`1.0` to `1.3`), `cipher-suites` (Envoy's names, separated by commas; TLS 1.2 and
 * older only) and `alpn` (protocols in order of preference, separated by commas; `h3,h2,http/1.1` by default, where `h3` has
 * an effect only if the Gateway speaks HTTP/3, and none for listeners of protocol TLS).
 */
const prefix = 'dragoman.dev/';

const versions: readonly string[] = ['1.0', '1.1', '1.2', '1.3'];
/** Those that Envoy documents (`TlsParameters.cipher_suites`): it refuses a listener with any other. */
const suites: ReadonlySet<string> = new Set([
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA',
  'AES256-SHA',
]);
const alpnProtocols: readonly string[] = ['h3', 'h2', 'http/1.1'];

export type TlsOptions = Pick<DownstreamTls, 'alpn' | 'minVersion' | 'maxVersion' | 'cipherSuites'>;

export interface OptionProblem {
  readonly key: string;
  readonly message: string;
  readonly fix: string;
}

/** Options of other implementations are not for us to judge, and are left out. */
export function tlsOptions(
  options: Readonly<Record<string, string>>,
  { isHttp }: { readonly isHttp: boolean },
): { readonly options: TlsOptions; readonly problems: readonly OptionProblem[] } {
  const problems: OptionProblem[] = [];
  const parsed: { -readonly [K in keyof TlsOptions]: TlsOptions[K] } = {
    alpn: isHttp ? alpnProtocols : [],
  };
  for (const [key, value] of Object.entries(options)) {
    if (!key.startsWith(prefix)) continue;
    const result = parse(key.slice(prefix.length), value, { isHttp });
    if ('fix' in result) {
      problems.push({ key, message: `TLS option ${key} ${result.problem}.`, fix: result.fix });
    } else Object.assign(parsed, result);
  }
  const { minVersion, maxVersion } = parsed;
  if (minVersion !== undefined && maxVersion !== undefined && minVersion > maxVersion) {
    const message =
      `TLS option ${prefix}min-version ${minVersion} is above ${prefix}max-version ${maxVersion}.`;
    problems.push({ key: `${prefix}min-version`, message, fix: 'Lower min-version or raise max-version.' });
  }
  return { options: parsed, problems };
}

type Parsed = Partial<TlsOptions> | { readonly problem: string; readonly fix: string };

function parse(name: string, value: string, { isHttp }: { readonly isHttp: boolean }): Parsed {
  if (name === 'min-version') return isVersion(value) ? { minVersion: value } : notOf(value, versions);
  if (name === 'max-version') return isVersion(value) ? { maxVersion: value } : notOf(value, versions);
  const items = value.split(',').map((item) => item.trim()).filter((item) => item !== '');
  if (name === 'alpn') {
    const stranger = isHttp ? items.find((item) => !alpnProtocols.includes(item)) : undefined;
    const some = items.some((item) => !isHttp || item !== 'h3');
    return stranger === undefined && some ? { alpn: items } : notOf(stranger ?? value, alpnProtocols);
  }
  if (name === 'cipher-suites') {
    const stranger = items.find((item) => !suites.has(item));
    if (stranger === undefined && items.length > 0) return { cipherSuites: items };
    return {
      problem: `has no cipher suite in ${JSON.stringify(stranger ?? value)}`,
      fix: 'Use names such as ECDHE-ECDSA-AES128-GCM-SHA256.',
    };
  }
  return { problem: 'is unknown', fix: 'Use min-version, max-version, cipher-suites or alpn.' };
}

function notOf(value: string, allowed: readonly string[]): Parsed {
  return { problem: `cannot be ${JSON.stringify(value)}`, fix: `Use ${allowed.join(', ')}.` };
}

function isVersion(value: string): value is TlsVersion {
  return versions.includes(value);
}
