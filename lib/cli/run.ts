import { Command, Option } from 'commander';

import type { Dataflow } from '../../controllers/graph.ts';
import type { Running, StandaloneOptions } from '../../controllers/run.ts';
import type { Folder } from '../files/mod.ts';
import { findEnvoy } from '../proxy/binary.ts';
import { createLogger, type LogFormat, type LogLevel } from '../telemetry/log.ts';
import { EchoBackends } from './echo-backends.ts';
import { CommandError, type ExitCode, exitCode, type Io, paint } from './io.ts';
import { listenProblem } from './listen-problem.ts';
import {
  bindOption,
  type BindOptions,
  formatHostPort,
  type HostPort,
  parseConcurrency,
  parseHostPort,
  portShiftOption,
  settingsOf,
} from './options.ts';
import { portProblems } from './ports.ts';
import { whenStopped } from './stop.ts';
import { ownVersion } from './version.ts';

export interface RunOptions extends BindOptions {
  readonly statusAddress: HostPort;
  readonly envoy?: string;
  readonly concurrency?: number;
  readonly logFormat?: LogFormat;
  readonly logLevel: LogLevel;
  readonly echo?: boolean;
}

/** What is up, for those who greet the user. */
export interface Serving {
  readonly dataflow: Dataflow;
  readonly statusUrl: string;
  readonly backends: EchoBackends;
}

/** Serves a folder until it is told to stop. `greet` is told to the user once the proxy runs the configuration. */
export async function serve(
  io: Io,
  path: string,
  options: RunOptions & { readonly greet: (serving: Serving) => string },
): Promise<ExitCode> {
  const stopped = whenStopped(io);
  const backends = new EchoBackends();
  const running = await start(path, {
    ...options,
    onLoaded: async (dataflow) => {
      const problems = await portProblems(dataflow.gateways.values().flatMap(({ listeners }) => listeners));
      if (problems.length > 0) throw new CommandError(problems.join('\n'));
      if (options.echo === true) await backends.start(dataflow.objects.Service.values());
    },
    logFormat: options.logFormat ?? (io.terminal ? 'pretty' : 'json'),
  }).catch(async (error: unknown) => {
    await backends.close();
    throw error;
  });
  const { dataflow, statusUrl } = running;
  try {
    const event = await Promise.race([running.ready.then(() => 'ready' as const), stopped]);
    if (event === 'ready') io.out(options.greet({ dataflow, statusUrl, backends }));
    await stopped;
  } finally {
    await running.stop();
    await backends.close();
  }
  return exitCode.ok;
}

interface StartOptions extends RunOptions {
  readonly logFormat: LogFormat;
  readonly onLoaded: (dataflow: Dataflow, folder: Folder) => Promise<void>;
}

async function start(path: string, options: StartOptions): Promise<Running> {
  const { statusAddress, concurrency, logFormat, logLevel, onLoaded } = options;
  const log = createLogger({ format: logFormat, level: logLevel });
  const standalone: StandaloneOptions = {
    path,
    settings: settingsOf(options),
    statusAddress,
    envoy: envoyOf(options.envoy),
    ...(concurrency === undefined ? {} : { concurrency }),
    log,
    version: ownVersion(),
    onLoaded,
  };
  const { runStandalone } = await import('../../controllers/run.ts');
  try {
    return await runStandalone(standalone);
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall !== 'listen' && code !== 'EADDRINUSE') throw error;
    throw new CommandError(`status API: ${listenProblem(error, statusAddress, '--status-address')}`);
  }
}

function envoyOf(path: string | undefined): string {
  try {
    return findEnvoy({ path });
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

function greeting(io: Io, path: string, { dataflow, statusUrl, backends }: Serving): string {
  const lines = [`${paint(io, 'green', 'ready')}: ${path} is served, and followed as it changes`];
  for (
    const { gateway, address, bindPort, port } of dataflow.gateways.values().flatMap(({ listeners }) =>
      listeners
    )
  ) {
    const shifted = port === bindPort ? '' : ` (port ${port})`;
    lines.push(
      `  Gateway ${gateway.namespace}/${gateway.name}${shifted}: ${
        formatHostPort({ host: address, port: bindPort })
      }`,
    );
  }
  if (dataflow.gateways.size === 0) lines.push('  No Gateway of ours is in it, so nothing listens yet');
  for (const { name, host, port } of backends.list()) {
    lines.push(`  echo backend ${name}: ${formatHostPort({ host, port })}`);
  }
  lines.push(`  status API: ${statusUrl}`);
  return `${lines.join('\n')}\n`;
}

/** The options of `run`, which `start` takes as well. */
export function addRunOptions(command: Command): Command {
  return command
    .addOption(bindOption())
    .addOption(portShiftOption())
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
    .addOption(
      new Option('--log-level <level>', 'the least that is logged')
        .choices(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    );
}

export function runCommand(io: Io, done: (code: ExitCode) => void): Command {
  const command = new Command('run')
    .summary('serve a folder of manifests and follow its changes')
    .description('Runs an Envoy that does what the manifests say, and follows every change of the files.')
    .argument('<dir>', 'folder or file of manifests, or - for standard input');
  return addRunOptions(command)
    .option('--echo', 'start echo backends where Services name loopback addresses by dragoman.dev/endpoints')
    .addHelpText(
      'after',
      `
Examples:
  dragoman run manifests/
  dragoman run --echo manifests/examples/canary
  dragoman run --bind 0.0.0.0 --port-shift 0 --log-format json manifests/

Exit codes: 0 told to stop (SIGINT or SIGTERM) and drained, 1 cannot serve, 2 wrong usage.`,
    )
    .action(async (path: string, options: RunOptions) =>
      done(await serve(io, path, { ...options, greet: (serving) => greeting(io, path, serving) }))
    );
}
