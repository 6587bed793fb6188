import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeProblem,
  type FileProblem,
  type Folder,
  formatSource,
  type Update,
  watchFolder,
} from '../lib/files/mod.ts';
import type { Change } from '../lib/graph/mod.ts';
import type { StatusSources } from '../lib/http/sources.ts';
import { bootstrap } from '../lib/proxy/bootstrap.ts';
import { EnvoyProcess } from '../lib/proxy/process.ts';
import type { Logger } from '../lib/telemetry/log.ts';
import { Metrics } from '../lib/telemetry/metrics.ts';
import { createTracing } from '../lib/telemetry/trace.ts';
import type { DiagnosticSet } from './flow.ts';
import type { Dataflow } from './graph.ts';
import { Engine } from './run-engine.ts';
import { fill } from './run-fill.ts';
import { sourceOf, type Wanted } from './run-locate.ts';
import { type OutsideProblem, ProblemReporter } from './run-problems.ts';
import { serveStatus, statusSources } from './run-sources.ts';
import { fileProblemView } from './run-views.ts';
import { type Settings, STANDALONE_FLEET } from './settings.ts';

export interface StandaloneOptions {
  /** A folder or file of manifests, or `-` for standard input. */
  readonly path: string;
  readonly settings: Settings;
  readonly statusAddress: { readonly host: string; readonly port: number };
  /** Path of the Envoy binary. */
  readonly envoy: string;
  readonly concurrency?: number;
  /** How long connections of a listener that is gone, or is another, may stay; see `EnvoyArguments`. */
  readonly listenerDrainMs?: number;
  readonly log: Logger;
  /** Each line of the access log, if the settings ask for one. */
  readonly onAccess?: (line: string) => void;
  readonly version: string;
  /** Called with the first configuration, before Envoy starts; if it throws, nothing starts. */
  readonly onLoaded?: (dataflow: Dataflow, folder: Folder) => Promise<void>;
}

export interface Running {
  readonly engine: Engine;
  readonly dataflow: Dataflow;
  readonly folder: Folder;
  readonly statusUrl: string;
  /** Resolves when Envoy runs the first full configuration. */
  readonly ready: Promise<void>;
  /** Drains Envoy, then ends everything. Every call resolves when that is done. */
  stop(): Promise<void>;
}

/** How often the clock of the graph is set, ms: certificates expire by the day. */
const CLOCK_INTERVAL = 60 * 60 * 1_000;

/** How long Envoy may take until it is asked again whether it is live, ms. */
const LIVE_TIMEOUT = 10_000;

/** Standalone mode: a folder, the graph, one Envoy and the status API in one process. */
export async function runStandalone(options: StandaloneOptions): Promise<Running> {
  const { log, settings, statusAddress } = options;
  const stack = new AsyncDisposableStack();
  try {
    const metrics = new Metrics();
    const tracing = await createTracing();
    stack.defer(() => tracing.shutdown());
    // A private directory: what proxies are sent holds private keys.
    const directory = mkdtempSync(join(tmpdir(), 'dragoman-'));
    stack.defer(() => rmSync(directory, { recursive: true, force: true }));
    const socket = join(directory, 'xds.sock');
    const engine = new Engine({
      settings,
      telemetry: { log, metrics, tracing },
      xds: { address: `unix:${socket}` },
    });
    stack.defer(() => engine.stop());
    const { dataflow } = engine;

    const setClock = (): void => dataflow.feedback.clock.set({ key: 'now', time: Date.now() });
    setClock();
    const clock = setInterval(() => engine.change('clock', setClock), CLOCK_INTERVAL);
    stack.defer(() => clearInterval(clock));

    const reporter = new ProblemReporter(log);
    let watched: Folder | undefined;
    const report = (folder: Folder, changes: readonly Change<DiagnosticSet>[]): void => {
      reporter.diagnostics(changes, (wanted) => locate(folder, dataflow, wanted));
      reporter.outside(folder.problems().map(outsideProblem));
    };
    const atFirst: Change<DiagnosticSet>[] = [];
    const apply = (update: Update): void => {
      const batch = engine.change('files', () => fill(dataflow, update), update);
      const changes = batch.changes(dataflow.diagnostics);
      if (watched === undefined) atFirst.push(...changes);
      else report(watched, changes);
    };
    const folder = await watchFolder(options.path, {
      onUpdate: (update) => {
        // What fails at the start ends it; later the last good configuration is better than none.
        try {
          apply(update);
        } catch (error) {
          if (watched === undefined) throw error;
          engine.failed(error);
        }
      },
    });
    watched = folder;
    report(folder, atFirst);
    stack.defer(() => folder.close());
    await options.onLoaded?.(dataflow, folder);

    const state = { live: false, stopping: false };
    const sources = sourcesOf({ engine, metrics, folder, state, version: options.version });
    const server = await serveStatus(sources, { address: statusAddress, log });
    stack.defer(() => server.stop());

    await engine.xds.start();
    const proxy = new EnvoyProcess({
      binary: options.envoy,
      bootstrap: (admin) =>
        bootstrap({
          node: { id: `standalone-${process.pid}`, cluster: STANDALONE_FLEET },
          admin,
          xds: { path: socket },
        }),
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      ...(options.listenerDrainMs === undefined ? {} : { listenerDrainMs: options.listenerDrainMs }),
      ...(options.onAccess === undefined ? {} : { onOutput: options.onAccess }),
      // What it says of its own end is no news.
      onLog: (record) => logEnvoy(log, state.stopping ? { ...record, level: 'info' } : record),
      onCrash: ({ code, restartInMs }) => {
        state.live = false;
        metrics.proxyRestarts.inc();
        log.error({ code, restartInMs }, 'Envoy ended unasked and is started again');
        void becomeLive();
      },
    });
    stack.defer(() => proxy.stop());
    const becomeLive = async (): Promise<void> => {
      while (!state.stopping && !state.live) {
        state.live = await proxy.live(LIVE_TIMEOUT).then(() => true, () => false);
        if (!state.live && !state.stopping) log.warn('Envoy does not run its configuration yet');
      }
    };
    await proxy.start();
    const disposal = stack.move();
    let stopped: Promise<void> | undefined;
    return {
      engine,
      dataflow,
      folder,
      statusUrl: server.url,
      ready: becomeLive(),
      stop: () => {
        state.stopping = true;
        return stopped ??= disposal.disposeAsync();
      },
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

interface StatusContext {
  readonly engine: Engine;
  readonly metrics: Metrics;
  readonly folder: Folder;
  readonly state: { readonly live: boolean };
  readonly version: string;
}

function sourcesOf({ engine, metrics, folder, state, version }: StatusContext): StatusSources {
  return statusSources({
    engine,
    metrics,
    version,
    readiness: () =>
      state.live
        ? { ready: true }
        : { ready: false, reason: 'no proxy runs the first full configuration yet' },
    locate: (kind, key, field) => locate(folder, engine.dataflow, { kind, key, field }),
    problems: () => folder.problems().map(fileProblemView),
  });
}

function locate(folder: Folder, dataflow: Dataflow, wanted: Wanted): string | undefined {
  const source = sourceOf(folder, dataflow, wanted);
  return source && formatSource(source);
}

/** What moves within its file is no other problem. */
function outsideProblem(problem: FileProblem): OutsideProblem {
  const message = describeProblem(problem);
  const { file, object } = problem;
  return { at: formatSource(problem), object, message, id: JSON.stringify([file, object, message]) };
}

function logEnvoy(
  log: Logger,
  { level, component, message }: { level: string; component: string; message: string },
): void {
  const values = { component };
  if (level === 'fatal' || level === 'error') log.error(values, message);
  else if (level === 'warn') log.warn(values, message);
  else log.debug(values, message);
}
