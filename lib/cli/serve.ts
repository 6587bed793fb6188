import type { Dataflow } from '../../controllers/graph.ts';
import { type Running, runStandalone, type StandaloneOptions } from '../../controllers/run.ts';
import type { Folder } from '../files/mod.ts';
import { findEnvoy } from '../proxy/binary.ts';
import { createLogger, type LogFormat } from '../telemetry/log.ts';
import { EchoBackends } from './echo-backends.ts';
import { CommandError, type ExitCode, exitCode, type Io } from './io.ts';
import { listenProblem } from './listen-problem.ts';
import { listenersOf } from './listeners.ts';
import { portProblems } from './ports.ts';
import type { RunOptions } from './run.ts';
import { settingsOf } from './settings.ts';
import { listenForStop } from './stop.ts';
import { ownVersion } from './version.ts';

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
  using stop = listenForStop(io);
  const backends = new EchoBackends();
  const running = await start(path, {
    ...options,
    onLoaded: async (dataflow) => {
      const problems = await portProblems(listenersOf(dataflow), options.statusAddress);
      if (problems.length > 0) throw new CommandError(problems.join('\n'));
      if (options.echo === true) await backends.start(dataflow.objects.Service.values());
    },
    onAccess: (line) => io.out(`${line}\n`),
    logFormat: options.logFormat ?? (io.terminal ? 'pretty' : 'json'),
  }).catch(async (error: unknown) => {
    await backends.close();
    throw error;
  });
  const { dataflow, statusUrl } = running;
  try {
    const event = await Promise.race([running.ready.then(() => 'ready' as const), stop.asked]);
    if (event === 'ready') io.out(options.greet({ dataflow, statusUrl, backends }));
    await stop.asked;
  } finally {
    await running.stop();
    await backends.close();
  }
  return exitCode.ok;
}

interface StartOptions extends RunOptions {
  readonly logFormat: LogFormat;
  readonly onAccess: (line: string) => void;
  readonly onLoaded: (dataflow: Dataflow, folder: Folder) => Promise<void>;
}

async function start(path: string, options: StartOptions): Promise<Running> {
  const { statusAddress, concurrency, logFormat, logLevel, onLoaded, onAccess } = options;
  const log = createLogger({ format: logFormat, level: logLevel });
  const standalone: StandaloneOptions = {
    path,
    settings: { ...settingsOf(options), accessLog: options.accessLog === true },
    statusAddress,
    envoy: envoyOf(options.envoy),
    ...(concurrency === undefined ? {} : { concurrency }),
    log,
    version: ownVersion(),
    onLoaded,
    onAccess,
  };
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
