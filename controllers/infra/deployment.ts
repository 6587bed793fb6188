import type { Gateway } from '../../lib/api/gateway.ts';
import type { GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';
import { envoyArguments, JSON_LOG } from '../../lib/proxy/bootstrap-arguments.ts';
import { DRAIN_HEADER } from '../../lib/proxy/bootstrap-health.ts';
import { HEALTH_PORT } from '../settings.ts';
import { CONFIG_DIRECTORY, SECRET_DIRECTORY } from './config-map.ts';
import { hashOf, type Manifest, marksOf, metadataOf, selectorOf } from './manifest.ts';
import { clientSecretName, infraName } from './names.ts';
import type { Proxy } from './proxy.ts';

/** The user and group of proxies; no image needs to know them. */
const USER = 65_532;

/** Seconds that are left for what comes after a drain of full length. */
const AFTER_DRAIN = 15;

export interface DeploymentContext {
  readonly parameters: GatewayParametersSpec;
  readonly proxy: Proxy;
  /** Its content decides when new Pods are needed. */
  readonly configMap: Manifest;
}

/**
 * The proxies. A new one is ready before an old one goes, and an old one drains before it ends. Listener ports are not
 * named, since proxies bind what they are told, and another port needs no other Pods.
 */
export function deployment(gateway: Gateway, { parameters, proxy, configMap }: DeploymentContext): Manifest {
  const { replicas = 1, horizontalPodAutoscaler, podLabels, podAnnotations } = parameters;
  const bootstrap = { 'dragoman.dev/bootstrap-hash': hashOf(configMap['data']) };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(gateway),
    spec: {
      ...(horizontalPodAutoscaler === undefined ? { replicas } : {}),
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorOf(gateway) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
      template: {
        metadata: marksOf(gateway, { labels: podLabels, annotations: { ...podAnnotations, ...bootstrap } }),
        spec: podSpec(gateway, { parameters, proxy }),
      },
    },
  };
}

function podSpec(gateway: Gateway, { parameters, proxy }: Omit<DeploymentContext, 'configMap'>): object {
  const { imagePullSecrets, nodeSelector, tolerations, affinity, priorityClassName } = parameters;
  return {
    serviceAccountName: infraName(gateway),
    // Proxies ask the API server nothing.
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: Math.ceil(proxy.drain.maxMs / 1_000) + AFTER_DRAIN,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: 'RuntimeDefault' },
      // Listener ports are bound as they are, without a capability for it.
      sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
    },
    containers: [container(parameters, proxy)],
    volumes: [
      { name: 'bootstrap', configMap: { name: infraName(gateway) } },
      // Not optional: the proxy waits until its certificate has been issued.
      { name: 'xds', secret: { secretName: clientSecretName(gateway), defaultMode: 0o440 } },
    ],
    ...given({
      imagePullSecrets,
      nodeSelector,
      tolerations,
      affinity,
      topologySpreadConstraints: spread(gateway, parameters),
      priorityClassName,
    }),
  };
}

function container({ imagePullPolicy }: GatewayParametersSpec, proxy: Proxy): object {
  const { image, logLevel, concurrency, resources, drain } = proxy;
  const health = (path: string): object => ({ httpGet: { path, port: HEALTH_PORT, scheme: 'HTTP' } });
  const token = [{ name: DRAIN_HEADER, value: drain.token }];
  return {
    name: 'envoy',
    image,
    ...given({ imagePullPolicy }),
    args: envoyArguments({
      config: `${CONFIG_DIRECTORY}/bootstrap.json`,
      node: '$(POD_NAME)',
      logLevel,
      logFormat: JSON_LOG,
      concurrency,
    }),
    env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    ports: [{ name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' }],
    resources,
    // Until its first configuration a proxy answers nothing, and to start it again would not help: it waits, for a day.
    startupProbe: { ...health('/ready'), periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 86_400 },
    readinessProbe: { ...health('/ready'), periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 3 },
    livenessProbe: { ...health('/live'), periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
    lifecycle: {
      preStop: { httpGet: { path: '/drain', port: HEALTH_PORT, scheme: 'HTTP', httpHeaders: token } },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [
      { name: 'bootstrap', mountPath: CONFIG_DIRECTORY, readOnly: true },
      { name: 'xds', mountPath: SECRET_DIRECTORY, readOnly: true },
    ],
  };
}

/** A constraint that selects no Pods would constrain nothing. */
function spread(
  gateway: Gateway,
  { topologySpreadConstraints }: GatewayParametersSpec,
): readonly object[] | undefined {
  return topologySpreadConstraints?.map((constraint) => ({
    labelSelector: { matchLabels: selectorOf(gateway) },
    ...constraint,
  }));
}

/** Without the fields that are undefined. */
function given(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
