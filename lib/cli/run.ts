import { Command, Option } from 'commander';

import { CONTROLLER_NAME } from '../../controllers/settings.ts';
import type { LogFormat, LogLevel } from '../telemetry/log.ts';
import { type ExitCode, type Io, paint } from './io.ts';
import { listenersOf } from './listeners.ts';
import { formatHostPort, type HostPort, parseConcurrency, parseHostPort } from './options.ts';
import {
  addKubernetesOptions,
  kubernetesOptions,
  type KubernetesRunOptions,
  misuse,
} from './run-kubernetes.ts';
import type { Serving } from './serve.ts';
import { addReadOptions, type ReadOptions } from './settings.ts';

export interface RunOptions extends ReadOptions {
  readonly statusAddress: HostPort;
  readonly envoy?: string;
  readonly concurrency?: number;
  readonly logFormat?: LogFormat;
  readonly logLevel: LogLevel;
  readonly accessLog?: boolean;
  readonly echo?: boolean;
}

function greeting(io: Io, path: string, { dataflow, statusUrl, backends }: Serving): string {
  const lines = [`${paint(io, 'green', 'ready')}: ${path} is served, and followed as it changes`];
  const listeners = listenersOf(dataflow);
  for (const { name, ...at } of listeners) {
    lines.push(`  ${name}: ${formatHostPort(at)}`);
  }
  if (listeners.length === 0) {
    lines.push(
      '  nothing listens yet: there is no Gateway of a GatewayClass with controllerName ' + CONTROLLER_NAME,
    );
  }
  for (const { name, host, port } of backends.list()) {
    lines.push(`  echo backend ${name}: ${formatHostPort({ host, port })}`);
  }
  lines.push(`  status API: ${statusUrl}`);
  return `${lines.join('\n')}\n`;
}

/** The options of `run`, which `start` takes as well. */
export function addRunOptions(command: Command): Command {
  return addReadOptions(command)
    .addOption(
      new Option('--status-address <host:port>', 'where the status API, the metrics and the UI listen')
        .argParser(parseHostPort).default({ host: '127.0.0.1', port: 8001 }, '127.0.0.1:8001'),
    )
    .option(
      '--envoy <path>',
      'Envoy binary to run (default: DRAGOMAN_ENVOY, the cache of "npm run setup", or the PATH)',
    )
    .option(
      '--concurrency <n>',
      "Envoy's worker threads (default: one for each hardware thread)",
      parseConcurrency,
    )
    .addOption(
      new Option(
        '--log-format <format>',
        'how to log to standard error (default: pretty on a terminal, else json)',
      )
        .choices(['json', 'pretty']),
    )
    .option('--access-log', 'print a line of JSON for each request to standard output')
    .addOption(
      new Option('--log-level <level>', 'the least that is logged')
        .choices(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    );
}

export function runCommand(io: Io, done: (code: ExitCode) => void): Command {
  const command = new Command('run')
    .summary('serve a folder of manifests, or a Kubernetes cluster, and follow its changes')
    .description(
      'Runs an Envoy that does what the manifests say, and follows every change of the files. ' +
        'With --kubernetes it is the controller of a cluster: it reads the API server, and gives each Gateway proxies.',
    )
    .argument('[dir]', 'folder or file of manifests, or - for standard input');
  addRunOptions(command)
    .option('--echo', 'start echo backends where Services name loopback addresses by dragoman.dev/endpoints');
  return addKubernetesOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  dragoman run manifests/
  dragoman run --echo manifests/examples/canary
  dragoman run --bind 0.0.0.0 --port-shift 0 --log-format json manifests/
  dragoman run --kubernetes                                  # in a Pod, with its service account
  dragoman run --kubernetes --kubeconfig ~/.kube/config --xds-host 192.0.2.7 --no-leader-elect

Exit codes: 0 told to stop (SIGINT or SIGTERM) and drained, 1 cannot serve, 2 wrong usage.`,
    )
    .action(async (path: string | undefined, options: RunOptions & KubernetesRunOptions) => {
      const misused = misuse(command, path, options);
      if (misused !== undefined) command.error(`error: ${misused}`);
      if (options.kubernetes === true) {
        const { control } = await import('./control.ts');
        done(await control(io, kubernetesOptions(command, options)));
      } else if (path !== undefined) {
        const { serve } = await import('./serve.ts');
        done(await serve(io, path, { ...options, greet: (serving) => greeting(io, path, serving) }));
      }
    });
}
