import type { Service } from '../../lib/api/service.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { XdsServer } from '../../lib/proxy/bootstrap-kubernetes.ts';
import type { KubernetesSettings } from '../settings.ts';

/** The Service of the controllers' xDS servers. */
export const XDS_SERVICE = 'dragoman-xds';

/**
 * Where proxies find the xDS server: where the settings say, else at the address of its Service, which needs no DNS and lasts
 * as long as the Service; its name if that has no address. Undefined while there is no Service. The certificate is for the
 * Service's name in any case.
 */
export function xdsServer(
  fetch: Fetch,
  { settings: { namespace, xds }, services }: {
    readonly settings: KubernetesSettings;
    readonly services: Collection<Service>;
  },
): XdsServer | undefined {
  const name = `${XDS_SERVICE}.${namespace}.svc`;
  const { host, port } = xds;
  if (host !== undefined) return { host, port, name };
  const found = fetch.one(services, `${namespace}/${XDS_SERVICE}`);
  if (found === undefined) return undefined;
  const { clusterIP = 'None' } = found.spec;
  return { host: clusterIP === 'None' || clusterIP === '' ? name : clusterIP, port, name };
}
