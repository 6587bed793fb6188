import type { ObjectRef } from '../../lib/model/mod.ts';
import type { ListenerProjection, NamespaceRule } from '../flow.ts';
import type { Settings } from '../settings.ts';
import { portKey, publicPortOf } from './chains.ts';
import type { JudgedListener } from './judge.ts';
import type { DeclaredListener } from './listeners.ts';
import { type ProtocolName, protocolOf } from './protocols.ts';

export interface ProjectionContext {
  readonly gateway: ObjectRef;
  readonly fleet: string;
  readonly settings: Settings;
  /** SDS name. */
  readonly clientCertificate: string | undefined;
}

/** What routes see of a listener. One that was not judged, of a ListenerSet that is not allowed, is not accepted. */
export function projectionOf(
  declared: DeclaredListener,
  { judged, chainId, clientCertificate, ...context }: ProjectionContext & {
    readonly judged?: JudgedListener;
    readonly chainId?: string | undefined;
  },
): ListenerProjection {
  const { key, parent, spec, hostname } = declared;
  const { gateway, fleet, settings } = context;
  const projection: ListenerProjection = {
    key,
    parent,
    gateway,
    fleet,
    section: spec.name,
    port: spec.port,
    publicPort: publicPortOf(spec.port, settings),
    protocol: protocolOf(spec.protocol) === undefined ? 'unknown' : spec.protocol as ProtocolName,
    kinds: judged?.kinds ?? [],
    namespaces: namespaceRule(declared),
    routeConfig: portKey(gateway, spec),
    accepted: judged?.attachable ?? false,
  };
  return {
    ...projection,
    ...(hostname === undefined ? {} : { hostname }),
    ...(spec.tls === undefined ? {} : { tlsMode: spec.tls.mode }),
    ...(chainId === undefined ? {} : { chainId }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
  };
}

/** Relative to the namespace of the Gateway or ListenerSet that declares the listener. */
function namespaceRule({ parent: { namespace }, spec }: DeclaredListener): NamespaceRule {
  const { from, selector } = spec.allowedRoutes.namespaces;
  if (from === 'Same') return { from, namespace };
  if (from === 'All') return { from };
  // As everywhere in Kubernetes, no selector selects nothing and an empty one everything.
  return selector === undefined ? { from: 'None' } : { from, selector };
}
