import type { LegacyListener } from '../../lib/api/legacy/mod.ts';
import type { Gateway, Namespace } from '../../lib/api/mod.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { GatewayResult } from '../flow.ts';
import { namespaceRule } from '../listener-set/attached.ts';
import { namespaceAllowed } from '../namespace/allowed.ts';
import { HEALTH_PORT, type Settings, STANDALONE_FLEET } from '../settings.ts';

/** Annotation of a Listener: `[NAMESPACE/]NAME[:PORT]` of the Gateway whose proxies serve it, at its own port or another. */
export const GATEWAY_ANNOTATION = 'dragoman.dev/gateway';

/** Whose proxies open the port of a Listener. */
export interface Placement {
  readonly fleet: string;
  readonly port: number;
  /** Set if listeners of a Gateway have the port already: their table of routes, and how requests reach it. */
  readonly shares?: { readonly routeConfig: string; readonly transport: 'cleartext' | 'tls' };
  /** Why nothing is served there. */
  readonly problem?: { readonly field: string; readonly message: string };
}

/** The Gateway that a Listener asks for, or gets without asking. */
export interface Target {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  /** Whether it is by the annotation. */
  readonly asked: boolean;
}

export interface PlacementReads {
  readonly settings: Settings;
  readonly gateways: Collection<GatewayResult>;
  readonly gatewayObjects: Collection<Gateway>;
  readonly namespaces: Collection<Namespace>;
}

/** Undefined where the one Envoy of standalone mode serves it, or where nothing serves legacy resources. */
export function targetOf({ metadata, spec }: LegacyListener, settings: Settings): Target | undefined {
  const written = metadata.annotations?.[GATEWAY_ANNOTATION];
  if (written === undefined) return usualTarget(spec.port, settings);
  const [, namespace = metadata.namespace ?? '', name = '', port = String(spec.port)] =
    /^(?:([^/:]+)\/)?([^/:]+)(?::([0-9]{1,5}))?$/.exec(written.trim()) ?? [];
  return { namespace, name, port: Number(port), asked: true };
}

export function usualTarget(port: number, { kubernetes }: Settings): Target | undefined {
  const own = kubernetes?.legacy?.gateway;
  return own && { ...own, port, asked: false };
}

/** Listeners of TCP and of UDP may have the same port. */
export function isUdp(stack: LegacyListener['spec']['protocolStack']): boolean {
  return stack.includes('UDP') && !stack.includes('TCP');
}

/** What only one Listener may have. */
export function placeOfListener(listener: LegacyListener, settings: Settings): string {
  const target = targetOf(listener, settings);
  const transport = isUdp(listener.spec.protocolStack) ? '/udp' : '';
  return target === undefined
    ? `${listener.spec.port}${transport}`
    : `${target.namespace}/${target.name}:${target.port}${transport}`;
}

/** Undefined in a cluster whose legacy resources are nobody's. */
export function placementOf(
  { target, namespace, port: own }: {
    readonly target: Target | undefined;
    /** Of whoever wants the port. */
    readonly namespace: string;
    readonly port: number;
  },
  fetch: Fetch,
  reads: PlacementReads,
): Placement | undefined {
  const { settings } = reads;
  if (target === undefined) {
    return settings.mode === 'kubernetes' ? undefined : { fleet: STANDALONE_FLEET, port: own };
  }
  const key = `${target.namespace}/${target.name}`;
  const { port } = target;
  const fleet = settings.mode === 'kubernetes' ? key : STANDALONE_FLEET;
  const refuse = (message: string): Placement => ({
    fleet,
    port,
    problem: {
      field: target.asked ? `metadata.annotations[${JSON.stringify(GATEWAY_ANNOTATION)}]` : 'spec.port',
      message,
    },
  });
  const gateway = fetch.one(reads.gatewayObjects, key);
  const result = fetch.one(reads.gateways, key);
  if (gateway === undefined || result === undefined) {
    return refuse(`Gateway ${key} does not exist, or is another controller's.`);
  }
  if (
    target.asked && !namespaceAllowed(fetch, reads.namespaces, { rule: namespaceRule(gateway), namespace })
  ) {
    return refuse(`Gateway ${key} does not allow Listeners of this namespace (spec.allowedListeners).`);
  }
  if (settings.mode === 'kubernetes' && port === HEALTH_PORT) {
    return refuse(`Port ${port} is where the proxies tell of their health.`);
  }
  const holder = result.projections.find((each) =>
    each.accepted && each.port === port && each.protocol !== 'UDP'
  );
  if (holder === undefined) return { fleet, port };
  if (holder.protocol !== 'HTTP' && holder.protocol !== 'HTTPS') {
    return refuse(`Port ${port} of Gateway ${key} is its listener ${holder.section}'s, which is no HTTP.`);
  }
  const transport = holder.protocol === 'HTTPS' ? 'tls' : 'cleartext';
  return { fleet, port, shares: { routeConfig: holder.routeConfig, transport } };
}
