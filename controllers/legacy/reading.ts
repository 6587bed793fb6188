import type { AmbassadorModule } from '../../lib/api/legacy/mod.ts';
import type { ClientCertificateForwarding, HttpReading } from '../../lib/model/mod.ts';

/** How requests of all Listeners are read, by what the Module says. */
export function readingOf(trustedHops: number, module: AmbassadorModule): HttpReading {
  const underscores = { DROP_HEADER: 'drop', REJECT_REQUEST: 'reject', ALLOW: undefined } as const;
  const action = underscores[module.headersWithUnderscoresAction ?? 'ALLOW'];
  const { listenerIdleTimeoutMs: idleTimeout, maxRequestHeadersKb: headers } = module;
  const certificate = certificateOf(module);
  return {
    trustedHops,
    ...(module.mergeSlashes ? { mergeSlashes: true } : {}),
    ...(module.rejectRequestsWithEscapedSlashes ? { rejectEscapedSlashes: true } : {}),
    ...(action === undefined ? {} : { underscores: action }),
    ...(module.stripMatchingHostPort ? { stripHostPort: true } : {}),
    ...(module.enableHttp10 ? { http10: true } : {}),
    ...(module.serverName === 'envoy' ? {} : { serverName: module.serverName }),
    // 0 says nothing, as ever.
    ...(idleTimeout === undefined || idleTimeout === 0 ? {} : { idleTimeout }),
    ...(module.useRemoteAddress ? {} : { remoteAddressUnused: true }),
    ...(module.preserveExternalRequestId ? { keepRequestId: true } : {}),
    ...(module.suppressEnvoyHeaders ? { withoutEnvoyHeaders: true } : {}),
    ...(module.properCase ? { properCase: true } : {}),
    ...(module.allowChunkedLength === true ? { chunkedLength: true } : {}),
    ...(headers === undefined || !isHeadersSize(headers) ? {} : { maxHeadersKib: headers }),
    ...(certificate === undefined ? {} : { clientCertificate: certificate }),
  };
}

/** Envoy's own, in bytes. */
const BUFFER_LIMIT = 1024 * 1024;

/** Bytes of a connection, or of a request, that are kept: retries are of requests that fit into it. */
export function bufferLimitOf({ bufferLimitBytes }: AmbassadorModule): number {
  return bufferLimitBytes || BUFFER_LIMIT;
}

/** What Envoy takes. */
export function isHeadersSize(kib: number): boolean {
  return kib >= 1 && kib <= 8192;
}

const MODES = {
  SANITIZE: 'sanitize',
  FORWARD_ONLY: 'forward',
  APPEND_FORWARD: 'append',
  SANITIZE_SET: 'set',
  ALWAYS_FORWARD_ONLY: 'always-forward',
} as const;

function certificateOf(module: AmbassadorModule): ClientCertificateForwarding | undefined {
  const { forwardClientCertDetails: mode, setCurrentClientCertDetails: details } = module;
  if (mode === undefined && details === undefined) return undefined;
  const { subject, cert, chain, dns, uri } = details ?? {};
  return {
    mode: MODES[mode ?? 'SANITIZE'],
    details: {
      ...(subject === undefined ? {} : { subject }),
      ...(cert === undefined ? {} : { cert }),
      ...(chain === undefined ? {} : { chain }),
      ...(dns === undefined ? {} : { dns }),
      ...(uri === undefined ? {} : { uri }),
    },
  };
}
