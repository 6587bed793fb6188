import type { CommonRouteSpec, KubeObject, Namespace, ParentReference } from '../../lib/api/mod.ts';
import type { Collection, Fetch, Index } from '../../lib/graph/types.ts';
import type { AttachedListener, ListenerProjection, ParentAttachment, RouteAttachment } from '../flow.ts';
import { createdAt } from '../listener-set/attached.ts';
import { namespaceAllowed } from '../namespace/allowed.ts';
import { ANY_HOSTNAME, bySpecificity, intersection } from './hostname.ts';

export const GATEWAY_API_GROUP = 'gateway.networking.k8s.io';

/** Any kind of route; those without hostnames take what the listener takes. */
export interface AttachableRoute extends KubeObject {
  readonly spec: CommonRouteSpec & { readonly hostnames?: readonly string[] | undefined };
}

export interface AttachmentReads {
  readonly listeners: Collection<ListenerProjection>;
  /** By parent: `Gateway/namespace/name` or `ListenerSet/namespace/name`. */
  readonly listenersByParent: Index<ListenerProjection>;
  readonly namespaces: Collection<Namespace>;
}

/**
 * Where a route is attached: for each parentRef, the listeners that accept it, or the reason why none does
 * (`Accepted` of RouteParentStatus). A parent without listeners of ours is not ours.
 */
export function attachRoute(route: AttachableRoute, fetch: Fetch, reads: AttachmentReads): RouteAttachment {
  const namespace = route.metadata.namespace ?? '';
  const { kind, metadata: { name } } = route;
  const parents = (route.spec.parentRefs ?? []).map((ref, index) =>
    withIndex(index, attachTo(ref, fetch, { route, namespace, ...reads }))
  );
  return {
    key: `${kind}/${namespace}/${name}`,
    route: { group: groupOf(route), kind, namespace, name },
    created: createdAt(route),
    parents,
  };
}

interface Attaching extends AttachmentReads {
  readonly route: AttachableRoute;
  readonly namespace: string;
}

type Outcome = Omit<ParentAttachment, 'index'>;

function withIndex(index: number, outcome: Outcome): ParentAttachment {
  return { index, ...outcome };
}

function attachTo(ref: ParentReference, fetch: Fetch, context: Attaching): Outcome {
  const { route, namespace } = context;
  const listeners = listenersOf(ref, fetch, context);
  if (listeners.length === 0) {
    return { ours: false, accepted: false, reason: 'Pending', message: '', listeners: [] };
  }
  const parent = `${ref.kind} ${ref.namespace ?? namespace}/${ref.name}`;

  const matching = listeners.filter((listener) =>
    (ref.sectionName === undefined || listener.section === ref.sectionName) &&
    (ref.port === undefined || listener.port === ref.port)
  );
  if (matching.length === 0) {
    return refused('NoMatchingParent', `${parent} has no listener ${sought(ref)}.`);
  }
  const ofKind = matching.filter((listener) => takesKind(listener, route));
  if (ofKind.length === 0) {
    return refused('NotAllowedByListeners', `No listener of ${parent} allows kind ${route.kind}.`);
  }
  const ready = ofKind.filter((listener) => listener.accepted);
  if (ready.length === 0) {
    return refused('NoReadyListener', `${parent} has no accepted listener${beside(sought(ref))}.`);
  }
  const allowing = ready.filter(({ namespaces: rule }) =>
    namespaceAllowed(fetch, context.namespaces, { rule, namespace })
  );
  if (allowing.length === 0) {
    return refused(
      'NotAllowedByListeners',
      `No listener of ${parent} allows routes of namespace ${namespace}.`,
    );
  }
  const attached = allowing.flatMap((listener) => {
    const hostnames = hostnamesAt(listener.hostname, route.spec.hostnames ?? []);
    return hostnames.length === 0 ? [] : [attachedListener(listener, hostnames)];
  });
  if (attached.length === 0) {
    const own = (route.spec.hostnames ?? []).join(', ');
    return refused(
      'NoMatchingListenerHostname',
      `No listener of ${parent} has a hostname in common with ${own}.`,
    );
  }
  return {
    ours: true,
    accepted: true,
    reason: 'Accepted',
    message: `Attached to ${parent}.`,
    listeners: attached,
  };
}

function refused(reason: string, message: string): Outcome {
  return { ours: true, accepted: false, reason, message, listeners: [] };
}

function listenersOf(ref: ParentReference, fetch: Fetch, context: Attaching): readonly ListenerProjection[] {
  if (ref.group !== GATEWAY_API_GROUP || (ref.kind !== 'Gateway' && ref.kind !== 'ListenerSet')) return [];
  const parent = `${ref.kind}/${ref.namespace ?? context.namespace}/${ref.name}`;
  if (ref.sectionName !== undefined) {
    // So that edits of its other listeners do not wake the route.
    const listener = fetch.one(context.listeners, `${parent}/${ref.sectionName}`);
    if (listener !== undefined) return [listener];
  }
  return fetch.by(context.listenersByParent, parent);
}

const PROTOCOLS: Readonly<Record<string, readonly string[]>> = {
  HTTPRoute: ['HTTP', 'HTTPS'],
  GRPCRoute: ['HTTP', 'HTTPS'],
  TLSRoute: ['TLS'],
  TCPRoute: ['TCP', 'TLS'],
  UDPRoute: ['UDP'],
};

function takesKind({ accepted, kinds, protocol }: ListenerProjection, route: AttachableRoute): boolean {
  if (kinds.some(({ group, kind }) => kind === route.kind && group === groupOf(route))) return true;
  // Of a listener that nobody could judge only the protocol is known; that it is not accepted is the better reason.
  return !accepted && kinds.length === 0 && (PROTOCOLS[route.kind]?.includes(protocol) ?? false);
}

function sought({ sectionName, port }: ParentReference): string {
  const words: string[] = [];
  if (sectionName !== undefined) words.push(`named ${sectionName}`);
  if (port !== undefined) words.push(`on port ${port}`);
  return words.join(' ');
}

function beside(words: string): string {
  return words === '' ? '' : ` ${words}`;
}

function hostnamesAt(
  listener: string | undefined,
  route: readonly string[],
): readonly { readonly domain: string; readonly own: string }[] {
  const at = listener ?? ANY_HOSTNAME;
  if (route.length === 0) return [{ domain: at, own: ANY_HOSTNAME }];
  const ownByDomain = new Map<string, string>();
  for (const hostname of route) {
    const own = hostname.toLowerCase();
    const domain = intersection(at, own);
    if (domain === undefined) continue;
    // Several wildcards of the route may meet in one domain: the most specific one says how specific the route is.
    const other = ownByDomain.get(domain);
    if (other === undefined || bySpecificity(own, other) < 0) ownByDomain.set(domain, own);
  }
  return [...ownByDomain].map(([domain, own]) => ({ domain, own }));
}

function attachedListener(
  listener: ListenerProjection,
  hostnames: AttachedListener['hostnames'],
): AttachedListener {
  const { key, fleet, routeConfig, publicPort, protocol, tlsMode, clientCertificate } = listener;
  const attached = { listener: key, fleet, routeConfig, publicPort, hostnames };
  if (protocol === 'TCP' || protocol === 'UDP' || tlsMode === 'Passthrough') {
    return { ...attached, plain: true };
  }
  return clientCertificate === undefined ? attached : { ...attached, clientCertificate };
}

function groupOf({ apiVersion }: KubeObject): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
