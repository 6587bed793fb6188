import type { BackendObjectReference } from '../../lib/api/mod.ts';
import type { Fetch } from '../../lib/graph/types.ts';
import { type BackendReads, type BackendResolution, type BackendUse, sessionOf } from '../service/backend.ts';
import { namedCluster } from '../service/cluster.ts';
import { trafficPolicyFor } from '../traffic-policy/translate.ts';
import type { BackendProtocol as Spoken } from '../service/protocol.ts';
import type { XBackendResult } from './translate.ts';

/** The cluster that a reference to an XBackend means. It is for its own namespace alone, whatever is granted (GEP-4894). */
export function resolveXBackend(
  ref: BackendObjectReference,
  fetch: Fetch,
  { use, xBackends, trafficPolicies }: BackendReads & { readonly use: BackendUse },
): BackendResolution {
  const { namespace = use.from.namespace, name } = ref;
  const key = `${namespace}/${name}`;
  if (namespace !== use.from.namespace) {
    return problem('RefNotPermitted', 'namespace', 'An XBackend is for its own namespace alone.');
  }
  const backend = fetch.one(xBackends, key);
  if (backend === undefined) return problem('BackendNotFound', 'name', `XBackend ${key} does not exist.`);
  const [flaw] = backend.problems;
  if (flaw !== undefined) {
    return problem('UnsupportedValue', 'name', `XBackend ${key} is not accepted: ${flaw.message}`);
  }
  const { tls, port, discovery, protocol, secrets } = backend;
  const spoken = spokenTo(use, backend);
  if (spoken === undefined) {
    const message = `XBackend ${key} speaks ${
      protocol ?? 'no UDP'
    }, which ${use.protocol} cannot be sent to.`;
    return problem('UnsupportedProtocol', 'name', message);
  }
  if (use.plain === true && tls !== undefined) {
    const message = `XBackend ${key} wants TLS, which is not added to what passes through.`;
    return problem('UnsupportedProtocol', 'name', message);
  }
  const isHttp = use.protocol === 'http' || use.protocol === 'grpc';
  const policy = isHttp ? trafficPolicyFor(fetch, trafficPolicies, `XBackend/${key}`) : undefined;
  const cluster = namedCluster({
    backend: backend.backend,
    port,
    discovery,
    protocol: spoken.protocol,
    ...(spoken.websocket === true ? { websocket: true } : {}),
    ...(tls === undefined ? {} : { tls }),
    ...(policy?.retryBudget === undefined ? {} : { retryBudget: policy.retryBudget }),
  });
  // A hostname is one endpoint to Envoy, whatever it resolves to.
  if (discovery.type === 'hostname') return { cluster, secrets };
  if (backend.session === undefined) return { cluster, secrets, ...sessionOf(policy) };
  return { cluster, secrets, session: { identity: `XBackend ${key}`, spec: backend.session } };
}

/** How it is spoken to; undefined if what is to be sent does not fit. */
function spokenTo(
  { protocol: sent }: BackendUse,
  { protocol, discovery }: XBackendResult,
): Spoken | undefined {
  if (sent === 'udp') {
    return discovery.type === 'endpoints' && protocol === undefined ? { protocol: 'udp' } : undefined;
  }
  if (sent === 'tcp') return { protocol: 'tcp' };
  if (protocol === 'TCP') return undefined;
  const http2 = protocol === 'HTTP2' || protocol === 'H2C' || protocol === 'GRPC';
  if (sent === 'grpc') {
    return http2 || protocol === undefined || protocol === 'HTTP' ? { protocol: 'http2' } : undefined;
  }
  if (protocol === 'WSS') return { protocol: 'http1', websocket: true };
  return { protocol: http2 ? 'http2' : 'http1' };
}

function problem(reason: string, field: string, message: string): BackendResolution {
  return { problem: { reason, field, message } };
}
