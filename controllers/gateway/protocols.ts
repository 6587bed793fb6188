import type { RouteGroupKind } from '../../lib/api/listener.ts';
import { type DeclaredListener, type Finding, finding, GATEWAY_API_GROUP } from './listeners.ts';

export type ProtocolName = 'HTTP' | 'HTTPS' | 'TLS' | 'TCP' | 'UDP';

interface Protocol {
  readonly transport: 'tcp' | 'udp';
  /** Listeners of one family share a port, told apart by hostname; `raw` ones share with none. */
  readonly family: 'cleartext' | 'tls' | 'raw';
  /** Route kinds that may attach. */
  readonly routes: readonly RouteGroupKind[];
}

const httpRoutes = kindsOf('GRPCRoute', 'HTTPRoute');

const protocols: Readonly<Record<ProtocolName, Protocol>> = {
  HTTP: { transport: 'tcp', family: 'cleartext', routes: httpRoutes },
  HTTPS: { transport: 'tcp', family: 'tls', routes: httpRoutes },
  TLS: { transport: 'tcp', family: 'tls', routes: kindsOf('TLSRoute', 'TCPRoute') },
  TCP: { transport: 'tcp', family: 'raw', routes: kindsOf('TCPRoute') },
  UDP: { transport: 'udp', family: 'raw', routes: kindsOf('UDPRoute') },
};

/** Undefined for protocols that Gateway API does not define. */
export function protocolOf(name: string): Protocol | undefined {
  return Object.hasOwn(protocols, name) ? protocols[name as ProtocolName] : undefined;
}

export function isSupported(name: string): boolean {
  return protocolOf(name) !== undefined;
}

export function protocolFindings(listener: DeclaredListener): readonly Finding[] {
  const { protocol } = listener.spec;
  if (isSupported(protocol)) return [];
  const known = Object.keys(protocols).join(', ');
  return [finding(listener, {
    condition: 'Accepted',
    at: '.protocol',
    code: 'UnsupportedProtocol',
    message: `Protocol ${protocol} is not supported.`,
    fix: `Use one of ${known}.`,
  })];
}

/** The kinds that `allowedRoutes.kinds` and the protocol both allow, and what is wrong with the others. */
export function routeKinds(
  listener: DeclaredListener,
): { readonly kinds: readonly RouteGroupKind[]; readonly findings: readonly Finding[] } {
  const { protocol, tls, allowedRoutes: { kinds: wanted = [] } } = listener.spec;
  const all = protocolOf(protocol)?.routes ?? [];
  // TLS that passes through has nothing to offer but server names, which only TLSRoutes know.
  const routes = protocol === 'TLS' && tls?.mode === 'Passthrough' ? kindsOf('TLSRoute') : all;
  if (wanted.length === 0 || routes.length === 0) return { kinds: routes, findings: [] };
  const kinds = routes.filter((route) => wanted.some((kind) => sameKind(kind, route)));
  const findings = wanted.flatMap((kind, index) =>
    routes.some((route) => sameKind(kind, route)) ? [] : [finding(listener, {
      condition: 'ResolvedRefs',
      at: `.allowedRoutes.kinds[${index}]`,
      code: 'InvalidRouteKinds',
      message:
        `Routes of kind ${kind.kind} in group ${kind.group} cannot attach to a listener of protocol ${protocol}.`,
      fix: `Use ${routes.map((route) => route.kind).join(' or ')}.`,
    })]
  );
  return { kinds, findings };
}

function kindsOf(...kinds: readonly string[]): readonly RouteGroupKind[] {
  return kinds.map((kind) => ({ group: GATEWAY_API_GROUP, kind }));
}

function sameKind(a: RouteGroupKind, b: RouteGroupKind): boolean {
  return a.group === b.group && a.kind === b.kind;
}
