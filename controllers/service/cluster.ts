import { createHash } from 'node:crypto';

import type { Cluster, ObjectRef, UpstreamTls } from '../../lib/model/mod.ts';

/**
 * A cluster, named by what it reaches and never by who uses it: `namespace/service/port`, then the protocol unless it is
 * HTTP/1.1, then a hash of the TLS settings the version of the PROXY protocol, and the retry budget. So edits of routes create and remove no clusters that others use.
 */
export function namedCluster(cluster: Omit<Cluster, 'key'> & { readonly port: number }): Cluster {
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
  return { key: parts.join('/'), ...rest };
}

/** A Service is what most backends are; others say their kind. */
function nameOf({ kind, namespace, name }: ObjectRef): string {
  return kind === 'Service' ? `${namespace}/${name}` : `${kind}/${namespace}/${name}`;
}

function hashOf(tls: UpstreamTls): string {
  const { sni, trust, subjectAltNames = [], clientCertificate, minVersion, maxVersion } = tls;
  const settings = [
    sni,
    trust.type === 'bundle' ? trust.secret : null,
    subjectAltNames.map(({ type, value }) => [type, value]),
    clientCertificate ?? null,
    minVersion ?? null,
    maxVersion ?? null,
  ];
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 12);
}
