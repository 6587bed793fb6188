import type { Fetch } from '../../lib/graph/types.ts';
import type { Cluster, ExternalAuth } from '../../lib/model/mod.ts';
import type { ListenerFilters, SecretUse } from '../flow.ts';
import { translateExternalAuth } from '../http-route/external-auth.ts';
import type { Gathering } from '../route/references.ts';
import { sortedValues } from '../route/translate.ts';
import type { BackendReads } from '../service/backend.ts';
import { type DeclaredListener, type Finding, finding } from './listeners.ts';

export interface JudgedFilters {
  readonly findings: readonly Finding[];
  /** Absent if the listener has none. */
  readonly filters?: ListenerFilters;
}

export interface FilterReads extends BackendReads {
  /** SDS name of what the Gateway shows to TLS backends. */
  readonly clientCertificate: string | undefined;
}

/**
 * What a listener asks before routing (GEP-5224). A kind of filter that is not known keeps the listener from being served,
 * since it may decide who gets in; without a server that can be asked, all its requests are denied.
 */
export function listenerFilters(listener: DeclaredListener, fetch: Fetch, reads: FilterReads): JudgedFilters {
  const requests = listener.spec.filters?.requests ?? [];
  if (requests.length === 0) return { findings: [] };
  const { protocol } = listener.spec;
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') return { findings: [notHttp(listener)] };
  const into: Gathering = {
    ...reads,
    route: listener.parent,
    protocol: 'http',
    fetch,
    clusters: new Map<string, Cluster>(),
    secrets: new Map<string, SecretUse>(),
    mentioned: new Set<string>(),
  };
  const findings: Finding[] = [];
  const auths: ExternalAuth[] = [];
  for (const [index, { externalAuth, extensionRef }] of requests.entries()) {
    const at = `.filters.requests[${index}]`;
    const said = `filters.requests[${index}]`;
    if (externalAuth === undefined) {
      findings.push(unknown(listener, { at, kind: `${extensionRef?.kind} of group ${extensionRef?.group}` }));
      continue;
    }
    const auth = translateExternalAuth(externalAuth, into, {
      field: `${at}.externalAuth`,
      report: ({ effect, reason, message, field, fix }) => {
        const code = effect !== 'reference'
          ? 'InvalidListenerFilter'
          : reason === 'RefNotPermitted'
          ? reason
          : 'InvalidListenerFilterRef';
        const condition = effect === 'reference' ? 'ResolvedRefs' : 'Accepted';
        findings.push(finding(listener, {
          condition,
          at: field,
          code,
          message: `${said}: ${message}`,
          ...(fix === undefined ? {} : { fix }),
        }));
      },
    });
    auths.push(auth);
  }
  const { clusters, secrets, mentioned } = into;
  const filters: ListenerFilters = {
    key: listener.key,
    auths,
    clusters: sortedValues(clusters),
    secrets: sortedValues(secrets),
    services: [...mentioned].sort(),
  };
  return { findings, filters };
}

function notHttp(listener: DeclaredListener): Finding {
  return finding(listener, {
    condition: 'Accepted',
    at: '.filters',
    code: 'InvalidListenerFilter',
    message: `Filters are for requests, and there are none on a listener for ${listener.spec.protocol}.`,
    fix: 'Leave filters out, or use protocol HTTP or HTTPS.',
  });
}

function unknown(
  listener: DeclaredListener,
  { at, kind }: { readonly at: string; readonly kind: string },
): Finding {
  return finding(listener, {
    condition: 'Accepted',
    at,
    code: 'UnsupportedValue',
    message: `${at.slice(1)}: ExtensionRef to ${kind} is not supported.`,
    fix: 'Use ExternalAuth.',
  });
}
