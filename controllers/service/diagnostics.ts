import { isIP } from 'node:net';

import type { EndpointSlice, Service } from '../../lib/api/mod.ts';
import type { Fetch, Index } from '../../lib/graph/types.ts';
import type { Diagnostic, ObjectRef } from '../../lib/model/mod.ts';
import type { DiagnosticSet } from '../flow.ts';
import type { Settings } from '../settings.ts';
import { ENDPOINTS_ANNOTATION, parseEndpoints } from './endpoints-annotation.ts';
import { isLocalAddress } from './local-address.ts';
import { PROXY_PROTOCOL_ANNOTATION, proxyProtocolOf } from './proxy-protocol.ts';

export interface ServiceDiagnosticReads {
  readonly settings: Settings;
  /** By `serviceOfSlice`. */
  readonly slices: Index<EndpointSlice>;
}

/** What is wrong with the endpoints that a Service names, and with how it wants them spoken to; nothing if all is well. */
export function serviceDiagnostics(
  service: Service,
  fetch: Fetch,
  { settings, slices }: ServiceDiagnosticReads,
): DiagnosticSet | undefined {
  const object: ObjectRef = {
    group: '',
    kind: 'Service',
    namespace: service.metadata.namespace ?? '',
    name: service.metadata.name,
  };
  const annotation = service.metadata.annotations?.[ENDPOINTS_ANNOTATION];
  const diagnostics: Diagnostic[] = [];
  const add = (
    severity: Diagnostic['severity'],
    code: string,
    at: { field: string; message: string; fix?: string },
  ): void => {
    diagnostics.push({ object, severity, code, ...at });
  };
  const standalone = settings.mode === 'standalone';
  let addresses: readonly string[];
  const field = `metadata.annotations[${JSON.stringify(ENDPOINTS_ANNOTATION)}]`;
  if (annotation !== undefined && standalone) {
    const { endpoints, problems } = parseEndpoints(annotation);
    for (const message of problems) add('error', 'InvalidEndpoint', { field, message });
    const names = new Set((service.spec.ports ?? []).map(({ name }) => name));
    for (const { portName } of endpoints) {
      if (portName !== undefined && !names.has(portName)) {
        add('error', 'InvalidEndpoint', { field, message: `The Service has no port named ${portName}.` });
      }
    }
    addresses = endpoints.map(({ address }) => address);
  } else {
    if (annotation !== undefined) {
      add('warning', 'Ignored', { field, message: 'Only EndpointSlices name endpoints in Kubernetes mode.' });
    }
    const own = fetch.by(slices, service.key);
    if (own.some(({ addressType }) => addressType === 'FQDN')) {
      add('warning', 'Ignored', { field: '', message: 'EndpointSlices of addressType FQDN are not used.' });
    }
    addresses = own.flatMap(({ endpoints }) =>
      endpoints.flatMap((endpoint) => endpoint.addresses.slice(0, 1))
    );
  }
  const proxyProtocol = service.metadata.annotations?.[PROXY_PROTOCOL_ANNOTATION];
  if (proxyProtocol !== undefined && proxyProtocolOf(service) === undefined) {
    const message = `${
      JSON.stringify(proxyProtocol)
    } is no version of the PROXY protocol, so none is spoken.`;
    const at = `metadata.annotations[${JSON.stringify(PROXY_PROTOCOL_ANNOTATION)}]`;
    add('error', 'InvalidProxyProtocol', { field: at, message, fix: 'Use v1 or v2.' });
  }
  if (!settings.allowLocalBackends) {
    for (const address of new Set(addresses.filter((each) => isIP(each) !== 0 && isLocalAddress(each)))) {
      const message = `Endpoint ${address} is local to the proxies, so it is not used.`;
      add('error', 'LocalEndpoint', { field: annotation !== undefined && standalone ? field : '', message });
    }
  }
  return diagnostics.length === 0 ? undefined : { key: `Service/${service.key}`, diagnostics };
}
