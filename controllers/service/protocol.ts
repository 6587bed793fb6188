/** What is spoken to a Service port, by its `appProtocol` (KEP-3726, GEP-1911). */
export interface BackendProtocol {
  readonly protocol: 'http1' | 'http2' | 'tcp' | 'udp';
  readonly websocket?: boolean;
  /** The port speaks TLS, so a BackendTLSPolicy must say whom to trust. */
  readonly tls?: boolean;
}

const HTTP1: BackendProtocol = { protocol: 'http1' };
const HTTP2: BackendProtocol = { protocol: 'http2' };

// Names compare without case: upstream's own manifests say `HTTPS`.
const known: ReadonlyMap<string, BackendProtocol> = new Map<string, BackendProtocol>([
  ['', HTTP1],
  ['http', HTTP1],
  ['tcp', HTTP1],
  ['https', { protocol: 'http1', tls: true }],
  ['http2', HTTP2],
  ['h2c', HTTP2],
  ['grpc', HTTP2],
  ['kubernetes.io/h2c', HTTP2],
  ['ws', { protocol: 'http1', websocket: true }],
  ['wss', { protocol: 'http1', websocket: true, tls: true }],
  ['kubernetes.io/ws', { protocol: 'http1', websocket: true }],
  ['kubernetes.io/wss', { protocol: 'http1', websocket: true, tls: true }],
]);

/**
 * How requests reach a port of this `appProtocol`; nothing if they cannot. A name with a domain of its own, other than
 * Kubernetes', says nothing that we know. Unless the name says more, HTTP is spoken as HTTP/1.1; gRPC is always HTTP/2,
 * which a port for WebSockets does not speak. To TCP and UDP it is all the same.
 */
export function backendProtocolOf(
  sent: 'http' | 'grpc' | 'tcp' | 'udp',
  appProtocol = '',
): BackendProtocol | undefined {
  if (sent === 'tcp' || sent === 'udp') return { protocol: sent };
  const name = appProtocol.toLowerCase();
  const foreign = name.includes('/') && !name.startsWith('kubernetes.io/');
  const spoken = known.get(name) ?? (foreign ? HTTP1 : undefined);
  if (sent === 'http' || spoken === undefined) return spoken;
  return spoken.websocket === true ? undefined : { ...spoken, protocol: 'http2' };
}
