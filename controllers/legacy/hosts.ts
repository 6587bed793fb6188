import type { Host, TLSContext, TLSSettings } from '../../lib/api/legacy/mod.ts';
import type { LabelSelector, Secret } from '../../lib/api/mod.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { HostResult, NamedContext } from './flow.ts';
import { isGlob, isServerName, withoutPort } from './host-glob.ts';
import { ambassadorModule, type NamedModule, refOf } from './settings.ts';
import { type Report, secretName, type Termination, terminationOf } from './termination.ts';

export interface TlsReads {
  readonly secrets: Collection<Secret>;
  readonly contexts: Collection<NamedContext>;
  readonly modules: Collection<NamedModule>;
}

/** A Host with its certificate. One whose TLS is wrong has none, so that nobody is served with less than was asked for. */
export function translateHost(host: Host, fetch: Fetch, reads: TlsReads): HostResult {
  const object = refOf(host);
  const { metadata, spec } = host;
  // No server name has a port, and whoever asks for another one means the same Host.
  const hostname = withoutPort(spec.hostname.toLowerCase());
  const diagnostics: Diagnostic[] = [];
  const report = (field: string, message: string, code = 'InvalidTLS'): void => {
    diagnostics.push({ object, severity: 'error', code, field, message });
  };
  if (!isGlob(spec.hostname)) {
    report(
      'spec.hostname',
      `${spec.hostname} is no hostname, which has no slash or space, and a * only in front or behind.`,
      'InvalidHostname',
    );
  }
  if (spec.tlsSecret !== undefined && isGlob(spec.hostname) && !isServerName(hostname)) {
    report(
      'spec.hostname',
      `${spec.hostname} is no TLS server name: a * stands alone, or in front of a dot.`,
    );
  }
  const tls = tlsOf(host, fetch, { ...reads, report });
  const problem = diagnostics[0]?.message;
  const closed = spec.tlsSecret !== undefined && problem !== undefined;
  return {
    key: host.key,
    object,
    generation: metadata.generation,
    hostname,
    labels: metadata.labels ?? {},
    action: spec.requestPolicy.insecure.action,
    secrets: problem === undefined ? tls?.secrets ?? [] : [],
    diagnostics,
    ...(isEmpty(spec.mappingSelector) ? {} : { selector: spec.mappingSelector?.matchLabels ?? {} }),
    ...(tls === undefined || problem !== undefined ? {} : { tls: tls.tls }),
    ...(closed ? { closed: true } : {}),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** A selector that says nothing is none: Mappings then say where they belong. */
function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}

function tlsOf(
  { spec, metadata: { name, namespace = '' } }: Host,
  fetch: Fetch,
  { secrets, contexts, modules, report }: TlsReads & { readonly report: Report },
): Termination | undefined {
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
    const other = secretName(context.spec.secret, context.metadata.namespace ?? '', {
      secretNamespacing: namespacingOf(context, fetch, modules),
    });
    if (other.name !== own.name || other.namespace !== own.namespace) {
      const at = `${other.namespace}/${other.name}`;
      report('spec.tlsSecret', `TLSContext ${context.metadata.name} has another Secret, ${at}.`);
    }
  }
  return terminationOf({ own, settings, base: context?.metadata.namespace ?? namespace }, {
    fetch,
    secrets,
    // What a context says it is told, too.
    report: (field, message) =>
      report(
        context !== undefined && field.startsWith('spec.tls.') ? 'spec.tlsContext.name' : field,
        message,
      ),
    fields: { secret: 'spec.tlsSecret.name', settings: 'spec.tls.' },
    secretNamespacing: namespacingOf(context, fetch, modules),
  });
}

/** Whether names of Secrets in a TLSContext, or in a Host itself, have namespaces behind a dot, if anybody says so. */
export function namespacingOf(
  context: TLSContext | undefined,
  fetch: Fetch,
  modules: Collection<NamedModule>,
): boolean | undefined {
  return context?.spec.secretNamespacing ?? ambassadorModule(fetch, modules).defaults?.tlsSecretNamespacing;
}
