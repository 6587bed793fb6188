import { type Command, Option } from 'commander';
import { hostname } from 'node:os';

import type { LogFormat, LogLevel } from '../telemetry/log.ts';
import { type LegacyOptions, type LegacyProxyOptions, legacyProxyOptions } from './legacy-options.ts';
import { type HostPort, parseAddress, parseHostPort } from './options.ts';

/** Options of `run --kubernetes` alone. */
export interface KubernetesRunOptions extends LegacyOptions, LegacyProxyOptions {
  readonly kubernetes?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly xdsAddress?: HostPort;
  readonly xdsHost?: string;
  readonly envoyImage?: string;
  readonly podName: string;
  readonly podIp?: string;
  readonly leaderElect: boolean;
  readonly statusAddress: HostPort;
  readonly accessLog?: boolean;
  readonly logFormat?: LogFormat;
  readonly logLevel: LogLevel;
}

/** What the controller of a cluster is started with. */
export type ControlOptions =
  & Omit<KubernetesRunOptions, 'kubernetes' | 'xdsAddress'>
  & Required<Pick<KubernetesRunOptions, 'xdsAddress'>>;

const group = 'Options of --kubernetes:';

/** Those that mean nothing where the proxies are the cluster's. */
const standaloneOnly = ['bind', 'portShift', 'envoy', 'concurrency', 'echo'];
const kubernetesOnly = [
  'kubeconfig',
  'context',
  'namespace',
  'xdsAddress',
  'xdsHost',
  'envoyImage',
  'leaderElect',
  'legacy',
  'legacyGateway',
  'legacyGatewayClass',
  'legacyServicePorts',
];

export function addKubernetesOptions(command: Command): Command {
  const options = [
    new Option('--kubernetes', 'be the controller of a Kubernetes cluster'),
    new Option(
      '--kubeconfig <file>',
      'how to reach the API server (default: KUBECONFIG, the service account of the Pod, or ~/.kube/config)',
    ),
    new Option('--context <name>', 'context of the kubeconfig (default: its current one)'),
    new Option(
      '--namespace <name>',
      'the namespace of the controller, with its certificates and its lease (default: POD_NAMESPACE, or dragoman-system)',
    ),
    new Option(
      '--xds-address <host:port>',
      'where proxies and other replicas are served (default: 0.0.0.0:18000, or [::]:18000 if the Pod has an IPv6 address)',
    ).argParser(parseHostPort),
    new Option(
      '--xds-host <host>',
      'where proxies find the controller (default: the Service dragoman-xds)',
    ),
    new Option('--envoy-image <image>', 'image of proxies whose GatewayParameters name none'),
    new Option('--pod-name <name>', 'tells this replica from others; the same after a restart')
      .env('POD_NAME').default(hostname(), 'the name of the host'),
    new Option('--pod-ip <address>', 'where other replicas reach this one').env('POD_IP').argParser(
      parseAddress,
    ),
    new Option('--no-leader-elect', 'write without a lease: this is the only replica'),
    ...legacyProxyOptions(),
  ];
  for (const option of options) command.addOption(option.helpGroup(group));
  return command;
}

/** What is wrong with the arguments, if anything is. */
export function misuse(
  command: Command,
  path: string | undefined,
  { kubernetes = false }: KubernetesRunOptions,
): string | undefined {
  const given = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  const flag = (name: string): string =>
    command.options.find((option) => option.attributeName() === name)?.long ?? name;
  if (kubernetes) {
    if (path !== undefined) return `--kubernetes reads the API server, so it takes no folder: ${path}`;
    const wrong = standaloneOnly.find(given);
    return wrong === undefined ? undefined : `${flag(wrong)} cannot be used with --kubernetes`;
  }
  if (path === undefined) return "missing required argument 'dir', or --kubernetes";
  const wrong = kubernetesOnly.find(given);
  return wrong === undefined ? undefined : `${flag(wrong)} can only be used with --kubernetes`;
}

/** In a Pod, probes and scrapes come from outside of it. */
export function kubernetesOptions(command: Command, options: KubernetesRunOptions): ControlOptions {
  const { podIp } = options;
  const all = podIp?.includes(':') === true ? '::' : '0.0.0.0';
  const asked = command.getOptionValueSource('statusAddress') !== 'default';
  return {
    ...options,
    xdsAddress: options.xdsAddress ?? { host: all, port: 18_000 },
    statusAddress: asked || podIp === undefined ? options.statusAddress : { host: all, port: 8001 },
  };
}
