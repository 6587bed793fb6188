import {
  type AmbassadorModule,
  defaultAmbassadorModule,
  type Host,
  isServed,
  type LegacyListener,
  type LegacyListenerSpec,
  type LegacyObject,
  type LegacySettings,
  type Module,
  type TLSContext,
  type TLSModuleContext,
  type TLSSettings,
} from '../../lib/api/legacy/mod.ts';
import type { KubeObject, Secret, Unreadable } from '../../lib/api/mod.ts';
import type { Bucket, Collection, Fetch, Graph, Index, Keyed } from '../../lib/graph/types.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import { type Finding, findingsOf } from '../findings.ts';
import type { ObjectCollections } from '../inputs.ts';
import type { Settings } from '../settings.ts';
import { allServed } from './first-served.ts';
import { legacySettings, refOf } from './settings.ts';
import { secretName } from './termination.ts';
import { isOfAll, moduleContexts } from './tls-module.ts';

/** Kinds that tell by their versions, or by what they say, how old an installation is. */
const TELLING = ['Mapping', 'TCPMapping', 'Module', 'TLSContext', 'Host'] as const;

/** An object that nobody has written. `key` is `Kind/namespace/name`. */
interface Made extends Keyed {
  readonly object: LegacyListener | Host;
}

/**
 * All objects, with the Listeners and Hosts that an installation of 0.39 or 1.x did without: made up if there is no Listener,
 * and something is written as such an installation had it. Where there are Listeners and no Host there is one for everything.
 */
export function declareMade(
  graph: Graph,
  objects: ObjectCollections,
  { settings, unreadable }: { readonly settings: Settings; readonly unreadable: Collection<Unreadable> },
): { readonly objects: ObjectCollections; readonly findings: Collection<Finding> } {
  const legacy = legacySettings(settings);
  const served = <K extends KubeObject & LegacyObject>(kind: string, from: Collection<K>): Collection<K> =>
    allServed(graph, from, { name: `legacyCounting${kind}`, legacy });
  const reads: SynthesisReads = {
    legacy,
    listeners: served('Listener', objects.Listener),
    hosts: served('Host', objects.Host),
    modules: served('Module', objects.Module),
    contexts: served('TLSContext', objects.TLSContext),
    secrets: objects.Secret,
    unreadable: graph.index('legacyUnreadableByKind', unreadable, ({ object }) => [object.kind]),
  };
  const telling = graph.merge<LegacyObject>(
    'legacyTelling',
    TELLING.map((kind) => {
      const input: Collection<LegacyObject> = objects[kind];
      return graph.map(
        `legacyTelling${kind}`,
        input,
        (object) =>
          isServed(object, legacy) && isOld(object) ? { ...object, key: `${kind}/${object.key}` } : undefined,
      );
    }),
  );
  const made = graph.merge('legacyMade', [
    graph.flatMap(
      'legacyMadeUp',
      graph.index('legacyOld', telling, () => ['installation']),
      (bucket, fetch) => synthesise(bucket, fetch, reads),
    ),
    graph.flatMap(
      'legacyDefaultHosts',
      graph.index('legacyListening', reads.listeners, () => ['installation']),
      (_, fetch) => defaultHosts(fetch, reads),
    ),
  ]);
  const madeOf = <K extends LegacyListener | Host>(kind: K['kind'], from: Collection<K>): Collection<K> =>
    graph.merge<K>(`legacyAllAndMade${kind}`, [
      from,
      graph.map(
        `legacyMade${kind}`,
        made,
        ({ object }) => object.kind === kind ? object as K : undefined,
      ),
    ]);
  return {
    objects: {
      ...objects,
      Listener: madeOf<LegacyListener>('Listener', objects.Listener),
      Host: madeOf<Host>('Host', objects.Host),
    },
    findings: graph.flatMap(
      'legacyOutdatedFindings',
      reads.modules,
      (module, fetch) =>
        fetch.all(reads.listeners).length === 0
          ? []
          : findingsOf(`Module/${module.key}/outdated`, outdatedDiagnostics(module)),
    ),
  };
}

/** What a Module says of ports, where Listeners say it. */
function outdatedDiagnostics(module: Module): readonly Diagnostic[] {
  const { spec } = module;
  const of = (field: string, message: string): Diagnostic => ({
    object: refOf(module),
    severity: 'warning',
    code: 'Outdated',
    field,
    message,
  });
  if (spec.module === 'tls') {
    const message =
      'Where there are Listeners Hosts have certificates, and the tls Module is TLSContexts by name alone.';
    return [of('', message)];
  }
  if (spec.module !== 'ambassador') return [];
  const { servicePort, useProxyProto, xForwardedProtoRedirect, xffNumTrustedHops } = spec.config;
  const said = {
    service_port: servicePort !== undefined,
    use_proxy_proto: useProxyProto,
    x_forwarded_proto_redirect: xForwardedProtoRedirect,
    xff_num_trusted_hops: xffNumTrustedHops > 0,
  };
  return Object.entries(said).filter(([, is]) => is).map(([name]) =>
    of(`spec.config.${name}`, `${name} has no effect where there are Listeners, which say it themselves.`)
  );
}

function isOld({ apiVersion, spec }: LegacyObject): boolean {
  if (/\/v[012]$/.test(apiVersion)) return true;
  if (!('module' in spec)) return false;
  if (spec.module === 'tls') return true;
  if (spec.module !== 'ambassador') return false;
  const { servicePort, useProxyProto, xForwardedProtoRedirect, xffNumTrustedHops, tls } = spec.config;
  return servicePort !== undefined || useProxyProto || xForwardedProtoRedirect || xffNumTrustedHops > 0 ||
    tls !== undefined;
}

interface SynthesisReads {
  readonly legacy: LegacySettings;
  readonly listeners: Collection<LegacyListener>;
  readonly hosts: Collection<Host>;
  readonly modules: Collection<Module>;
  readonly contexts: Collection<TLSContext>;
  readonly secrets: Collection<Secret>;
  /** By kind. What cannot be read is there all the same: it says how little is to be served. */
  readonly unreadable: Index<Unreadable>;
}

/** Whom Emissary shows the certificate of, where there is no Host. */
const FALLBACK = 'fallback-self-signed-cert';

function defaultHosts(fetch: Fetch, { legacy, hosts, secrets, unreadable }: SynthesisReads): readonly Made[] {
  if (fetch.all(hosts).length > 0 || fetch.by(unreadable, 'Host').length > 0) return [];
  const { namespace } = legacy;
  const exists = fetch.one(secrets, `${namespace}/${FALLBACK}`) !== undefined;
  const object = hostOf('*', {
    legacy,
    action: exists ? 'Redirect' : 'Route',
    ...(exists ? { tlsSecret: { namespace, name: FALLBACK } } : {}),
  });
  return [{ key: `${object.kind}/${object.key}`, object }];
}

function synthesise(
  { members }: Bucket<LegacyObject>,
  fetch: Fetch,
  reads: SynthesisReads,
): readonly Made[] {
  if (fetch.all(reads.listeners).length > 0 || fetch.by(reads.unreadable, 'Listener').length > 0) return [];
  const { legacy } = reads;
  const hosts = fetch.all(reads.hosts);
  const modules = fetch.all(reads.modules);
  const module = ambassadorOf(modules);
  const contexts = [...fetch.all(reads.contexts), ...modules.flatMap(terminatingContexts)]
    .filter(({ spec }) => spec.hosts.length > 0);
  const server = serverOf(fetch, reads);
  const tls = server !== undefined || contexts.length > 0 ||
    hosts.some(({ spec }) => spec.tlsSecret !== undefined);
  // 0.39 had the ports that clients use, all others those that need no rights.
  const oldest = members.every(({ apiVersion }) => apiVersion.endsWith('/v0'));
  const [clear, encrypted] = oldest ? [80, 443] : [8080, 8443];
  const main = module.servicePort ?? (tls ? encrypted : clear);
  const redirecting = [
    ...(server?.redirectCleartextFrom === undefined ? [] : [server.redirectCleartextFrom]),
    ...contexts.flatMap(({ spec }) =>
      spec.redirectCleartextFrom === undefined ? [] : [spec.redirectCleartextFrom]
    ),
    ...hosts.flatMap(({ spec: { tls: { redirectCleartextFrom: port } = {} } }) =>
      port === undefined ? [] : [port]
    ),
    ...(tls && hosts.length > 0 ? [clear] : []),
  ];
  const ports = new Map<number, boolean>(redirecting.map((port) => [port, false]));
  ports.set(main, tls);
  const made: (LegacyListener | Host)[] = [...ports].map(([port, terminates]) =>
    listenerOf({ port, terminates, module, legacy })
  );
  const isWithoutHosts = hosts.length === 0 && fetch.by(reads.unreadable, 'Host').length === 0;
  if (isWithoutHosts) made.push(...hostsOf({ contexts, server, tls, module, legacy }));
  return made.map((object) => ({ key: `${object.kind}/${object.key}`, object }));
}

function ambassadorOf(modules: readonly Module[]): AmbassadorModule {
  for (const { spec } of modules) if (spec.module === 'ambassador') return spec.config;
  return defaultAmbassadorModule();
}

/** Entries that are about hostnames of their own. */
function terminatingContexts(module: Module): readonly TLSContext[] {
  return moduleContexts({ key: module.metadata.name, module }).filter((context) => !isOfAll(context));
}

const CERTIFICATE = 'ambassador-certs';
const CLIENTS = 'ambassador-cacert';

/** TLS for every hostname: what the tls Module says of the server, or the certificate that was found by its name alone. */
function serverOf(fetch: Fetch, { modules, secrets, legacy }: SynthesisReads): TLSModuleContext | undefined {
  const all = fetch.all(modules);
  const tls = ambassadorOf(all).tls ??
    all.map(({ spec }) => spec).find((spec) => spec.module === 'tls')?.config;
  const exists = (name: string): boolean => fetch.one(secrets, `${legacy.namespace}/${name}`) !== undefined;
  const { server, client } = tls ?? {};
  if (server?.enabled === false) return undefined;
  if (server === undefined && !exists(CERTIFICATE)) return undefined;
  const own: TLSModuleContext = { enabled: true, ...server, secret: server?.secret ?? CERTIFICATE };
  if (client === undefined ? !exists(CLIENTS) : !client.enabled) return own;
  return {
    ...own,
    caSecret: client?.secret ?? CLIENTS,
    ...(client?.certRequired === undefined ? {} : { certRequired: client.certRequired }),
  };
}

/** No name of an API server has a colon, so that nobody else's is meant. */
function nameOf(what: string | number): string {
  return `made-up:${what}`;
}

function listenerOf({ port, terminates, module, legacy }: {
  readonly port: number;
  readonly terminates: boolean;
  readonly module: AmbassadorModule;
  readonly legacy: LegacySettings;
}): LegacyListener {
  const layers: LegacyListenerSpec['protocolStack'] = [
    ...(terminates ? ['TLS' as const] : []),
    ...(module.useProxyProto ? ['PROXY' as const] : []),
    'HTTP',
    'TCP',
  ];
  // Who has redirects by X-Forwarded-Proto has a load balancer in front that says it.
  const l7Depth = Math.max(module.xffNumTrustedHops, module.xForwardedProtoRedirect ? 1 : 0);
  const name = nameOf(port);
  return {
    key: `${legacy.namespace}/${name}`,
    apiVersion: 'getambassador.io/v3alpha1',
    kind: 'Listener',
    metadata: { namespace: legacy.namespace, name, generation: 1 },
    spec: {
      ambassadorIds: [legacy.ambassadorId],
      port,
      protocolStack: layers,
      securityModel: 'XFP',
      l7Depth,
      statsPrefix: terminates ? 'ingress_https' : 'ingress_http',
      hostBinding: { namespace: { from: 'ALL' } },
    },
  };
}

function hostsOf({ contexts, server, tls, module, legacy }: {
  readonly contexts: readonly TLSContext[];
  readonly server: TLSModuleContext | undefined;
  readonly tls: boolean;
  readonly module: AmbassadorModule;
  readonly legacy: LegacySettings;
}): readonly Host[] {
  const action = tls || module.xForwardedProtoRedirect ? 'Redirect' : 'Route';
  const secretNamespacing = module.defaults?.tlsSecretNamespacing;
  const make = (hostname: string, spec: Partial<Host['spec']>): Host =>
    hostOf(hostname, { legacy, action, ...spec });
  const hosts = new Map<string, Host>();
  if (server !== undefined) {
    const { enabled: _, secret = CERTIFICATE, hosts: __, secretNamespacing: own, ...settings } = server;
    const namespacing = own ?? secretNamespacing;
    const tlsSecret = secretName(secret, legacy.namespace, { secretNamespacing: namespacing });
    hosts.set('*', make('*', { tlsSecret, tls: settings satisfies TLSSettings }));
  } else if (!tls) hosts.set('*', make('*', {}));
  for (const { metadata, spec } of contexts) {
    const namespacing = spec.secretNamespacing ?? secretNamespacing;
    const tlsSecret = spec.secret === undefined
      ? undefined
      : secretName(spec.secret, metadata.namespace ?? '', { secretNamespacing: namespacing });
    for (const hostname of spec.hosts) {
      if (tlsSecret === undefined || hosts.has(hostname)) continue;
      hosts.set(hostname, make(hostname, { tlsSecret, tlsContext: metadata.name }));
    }
  }
  return [...hosts.values()];
}

function hostOf(
  hostname: string,
  { legacy: { namespace, ambassadorId }, action, ...spec }: Partial<Host['spec']> & {
    readonly legacy: LegacySettings;
    readonly action: Host['spec']['requestPolicy']['insecure']['action'];
  },
): Host {
  const name = nameOf(hostname);
  return {
    key: `${namespace}/${name}`,
    apiVersion: 'getambassador.io/v3alpha1',
    kind: 'Host',
    metadata: { namespace, name, generation: 1 },
    spec: { ambassadorIds: [ambassadorId], hostname, requestPolicy: { insecure: { action } }, ...spec },
  };
}
