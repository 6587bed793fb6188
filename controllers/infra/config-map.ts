import type { Gateway } from '../../lib/api/gateway.ts';
import { kubernetesBootstrap, secretFiles, type XdsServer } from '../../lib/proxy/bootstrap-kubernetes.ts';
import { HEALTH_PORT, type KubernetesSettings } from '../settings.ts';
import { type Manifest, metadataOf } from './manifest.ts';
import type { Proxy } from './proxy.ts';

/** Where the ConfigMap and the Secret are in the container. */
export const CONFIG_DIRECTORY = '/etc/dragoman/bootstrap';
export const SECRET_DIRECTORY = '/etc/dragoman/xds';

export interface ConfigMapContext {
  readonly proxy: Proxy;
  readonly xds: XdsServer;
  readonly settings: KubernetesSettings;
}

/** What the proxies start with. They read it once, so a change of it needs new ones. */
export function configMap(gateway: Gateway, { proxy, xds, settings }: ConfigMapContext): Manifest {
  const { maxConnections, maxHeapBytes, drain } = proxy;
  const bootstrap = kubernetesBootstrap({
    fleet: gateway.key,
    xds,
    credentials: { directory: SECRET_DIRECTORY, secrets: CONFIG_DIRECTORY },
    health: { host: settings.bind, port: HEALTH_PORT },
    drain,
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(maxHeapBytes === undefined ? {} : { maxHeapBytes }),
  });
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(gateway),
    data: {
      'bootstrap.json': JSON.stringify(bootstrap, undefined, 2),
      ...secretFiles({ directory: SECRET_DIRECTORY }),
    },
  };
}
