import type { MappingSpec } from '../../lib/api/legacy/mod.ts';
import type { Fetch } from '../../lib/graph/types.ts';
import type { UpstreamTls } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { namespacingOf, type TlsReads } from './hosts.ts';
import { certificateUse, pairProblem, secretName, trustOf, unsupported, versionsOf } from './termination.ts';

export type OriginationReads = TlsReads;

export interface Origination {
  readonly tls?: UpstreamTls;
  readonly secrets: readonly SecretUse[];
  /** Why there can be none, so that nothing may be sent. */
  readonly problem?: string;
}

/**
 * The TLS that a Mapping asks for, by its TLSContext or by `https://`; undefined for cleartext. Without a context no
 * certificate is verified and no name is asked for, as ever. A context that does not exist, or whose Secrets cannot be had,
 * is a problem: upstream goes on in cleartext then.
 */
export function tlsOrigination(
  { tls: name }: Pick<MappingSpec, 'tls'>,
  https: boolean,
  { fetch, contexts, secrets, modules }: OriginationReads & { readonly fetch: Fetch },
): Origination | undefined {
  const unverified: UpstreamTls = { sni: '', trust: { type: 'none' }, subjectAltNames: [] };
  if (name === undefined) return https ? { tls: unverified, secrets: [] } : undefined;
  const context = fetch.one(contexts, name)?.context;
  if (context === undefined) return { secrets: [], problem: `TLSContext ${name} does not exist.` };
  const { spec, metadata: { namespace = '' } } = context;
  const naming = { secretNamespacing: namespacingOf(context, fetch, modules) };
  const lacking = Object.entries(unsupported(spec)).find(([, wanted]) => wanted)?.[0];
  if (lacking !== undefined) {
    return {
      secrets: [],
      problem: `${lacking} of TLSContext ${name} is a file of the proxy, which is not read.`,
    };
  }
  const uses: SecretUse[] = [];
  let clientCertificate: string | undefined;
  const own = spec.secret === undefined ? undefined : secretName(spec.secret, namespace, naming);
  if (own !== undefined) {
    const problem = pairProblem(fetch.one(secrets, `${own.namespace}/${own.name}`));
    if (problem !== undefined) {
      return {
        secrets: [],
        problem: `Secret ${own.namespace}/${own.name} of TLSContext ${name} ${problem}.`,
      };
    }
    const use = certificateUse(own);
    clientCertificate = use.name;
    uses.push(use);
  }
  const { use, problems: [problem] } = trustOf(spec, namespace, { fetch, secrets, own, ...naming });
  if (problem !== undefined) return { secrets: [], problem: `TLSContext ${name}: ${problem.message}` };
  const trust: UpstreamTls['trust'] = use === undefined
    ? { type: 'none' }
    : { type: 'bundle', secret: use.name };
  if (use !== undefined) uses.push(use);
  return {
    secrets: uses,
    tls: {
      sni: spec.sni ?? '',
      trust,
      subjectAltNames: [],
      ...(clientCertificate === undefined ? {} : { clientCertificate }),
      ...versionsOf(spec),
      ...(spec.cipherSuites === undefined ? {} : { cipherSuites: spec.cipherSuites }),
      ...(spec.ecdhCurves === undefined ? {} : { ecdhCurves: spec.ecdhCurves }),
      ...(spec.alpnProtocols === undefined ? {} : { alpn: spec.alpnProtocols }),
    },
  };
}
