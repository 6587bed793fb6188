import { createHash } from 'node:crypto';

import type { Cluster, ObjectRef, UpstreamTls } from '../../lib/model/mod.ts';

/**
 * A cluster, named by what it reaches and never by who uses it: `namespace/service/port` (or what else tells it from others of the backend), then the protocol unless it is
 * HTTP/1.1, then a hash of the TLS settings, the
 * version of the PROXY protocol, the retry budget, and hashes of what else it reaches and of the other settings. So edits of routes create and remove no clusters that others use.
 */
export function namedCluster(cluster: Omit<Cluster, 'key'> & { readonly port: number | string }): Cluster {
  const { port, ...rest } = cluster;
  const parts = [nameOf(rest.backend), String(port)];
  if (rest.protocol !== 'http1') parts.push(rest.protocol);
  if (rest.websocket === true) parts.push('websocket');
  if (rest.tls !== undefined) parts.push(`tls-${hashOf(rest.tls)}`);
  if (rest.proxyProtocol !== undefined) parts.push(`proxy-${rest.proxyProtocol}`);
  if (rest.retryBudget !== undefined) {
    const { percent, interval, minConcurrent } = rest.retryBudget;
    parts.push(`retries-${percent}-${interval}-${minConcurrent}`);
  }
  if ('more' in rest.discovery) parts.push(`with-${digest(rest.discovery.more)}`);
  if (rest.settings !== undefined) parts.push(`as-${digest(rest.settings)}`);
  return { key: parts.join('/'), ...rest };
}

/** A Service is what most backends are; others say their kind. */
function nameOf({ kind, namespace, name }: ObjectRef): string {
  return kind === 'Service' ? `${namespace}/${name}` : `${kind}/${namespace}/${name}`;
}

function hashOf(tls: UpstreamTls): string {
  const { sni, trust, subjectAltNames = [], clientCertificate, minVersion, maxVersion } = tls;
  const { cipherSuites, alpn, ecdhCurves } = tls;
  const settings = [
    sni,
    trust.type === 'bundle' ? trust.secret : trust.type === 'none' ? false : null,
    subjectAltNames.map(({ type, value }) => [type, value]),
    clientCertificate ?? null,
    minVersion ?? null,
    maxVersion ?? null,
    ...(cipherSuites === undefined && alpn === undefined && ecdhCurves === undefined
      ? []
      : [cipherSuites ?? null, alpn ?? null]),
    ...(ecdhCurves === undefined ? [] : [ecdhCurves]),
  ];
  return digest(settings);
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
}
