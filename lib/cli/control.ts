import { runKubernetes, type RunningController } from '../../controllers/run-kubernetes.ts';
import type { KubernetesOptions } from '../../controllers/run-options.ts';
import { ConnectionError, KubeApi, loadConnection } from '../kube/mod.ts';
import { ENVOY_IMAGE } from '../proxy/binary.ts';
import { createLogger } from '../telemetry/log.ts';
import { CommandError, type ExitCode, exitCode, type Io } from './io.ts';
import { legacyProxiesFor, legacySettingsFor } from './legacy-options.ts';
import { listenProblem } from './listen-problem.ts';
import type { ControlOptions } from './run-kubernetes.ts';
import { listenForStop } from './stop.ts';
import { ownVersion } from './version.ts';

/** Controls a cluster until it is told to stop. */
export async function control(io: Io, options: ControlOptions): Promise<ExitCode> {
  using stop = listenForStop(io);
  const log = createLogger({
    format: options.logFormat ?? (io.terminal ? 'pretty' : 'json'),
    level: options.logLevel,
  });
  const { kubeconfig, context } = options;
  const api = new KubeApi({
    connection: connect({ kubeconfig, context }),
    userAgent: `dragoman/${ownVersion()}`,
  });
  await using stack = new AsyncDisposableStack();
  // An open connection would keep the process alive.
  stack.defer(() => api.close());
  const running = await start(options, { api, log });
  stack.defer(() => running.stop());
  log.info({ status: running.statusUrl }, 'started');
  await Promise.race([running.ready, stop.asked]);
  await stop.asked;
  return exitCode.ok;
}

async function start(
  options: ControlOptions,
  { api, log }: Pick<KubernetesOptions, 'api' | 'log'>,
): Promise<RunningController> {
  const { podName, podIp, xdsHost, statusAddress, xdsAddress, leaderElect } = options;
  const namespace = options.namespace ?? process.env['POD_NAMESPACE'] ?? 'dragoman-system';
  const legacyProxies = legacyProxiesFor(options, namespace);
  try {
    return await runKubernetes({
      api,
      namespace,
      legacy: legacySettingsFor(options, { namespace }),
      legacyLua: options.legacyLua === true,
      ...(legacyProxies === undefined ? {} : { legacyProxies }),
      identity: podName,
      ...(podIp === undefined ? {} : { podIp }),
      statusAddress,
      xdsAddress,
      ...(xdsHost === undefined ? {} : { xdsHost }),
      envoyImage: options.envoyImage ?? ENVOY_IMAGE,
      accessLog: options.accessLog === true,
      leaderElect,
      log,
      version: ownVersion(),
    });
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall !== 'listen' && code !== 'EADDRINUSE') throw error;
    throw new CommandError(`status API: ${listenProblem(error, statusAddress, '--status-address')}`);
  }
}

function connect(options: Parameters<typeof loadConnection>[0]): ReturnType<typeof loadConnection> {
  try {
    return loadConnection(options);
  } catch (error) {
    if (error instanceof ConnectionError) throw new CommandError(error.message);
    throw error;
  }
}
