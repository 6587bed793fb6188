import { createApp } from '../lib/http/app.ts';
import type { DiagnosticView } from '../lib/http/schemas.ts';
import { type HttpServer, isLoopback, startServer } from '../lib/http/server.ts';
import type { StatusSources } from '../lib/http/sources.ts';
import type { Logger } from '../lib/telemetry/log.ts';
import type { Metrics } from '../lib/telemetry/metrics.ts';
import type { Dataflow } from './graph.ts';
import type { Engine } from './run-engine.ts';
import { legacyViews } from './run-legacy-views.ts';
import { measure } from './run-metrics.ts';
import {
  backendViews,
  diagnosticViews,
  gatewayViews,
  type Locate,
  proxyViews,
  routeViews,
  withProblems,
} from './run-views.ts';

/** Serves the status API. Rejects with the system's error, such as `EADDRINUSE`. */
export function serveStatus(
  sources: StatusSources,
  { address, log }: {
    readonly address: { readonly host: string; readonly port: number };
    readonly log: Logger;
  },
): Promise<HttpServer> {
  const app = createApp(sources, {
    loopbackOnly: isLoopback(address.host),
    onError: (error) => log.error({ err: error }, 'the status API failed'),
  });
  return startServer(app, address);
}

export interface StatusContext extends Pick<StatusSources, 'version' | 'readiness'> {
  readonly engine: Engine;
  readonly metrics: Metrics;
  /** Sets gauges of what else there is. */
  readonly measure?: () => void;
  /** Where objects are written, if they are. */
  readonly locate?: Locate;
  /** What is wrong outside of the graph. */
  readonly problems: () => readonly DiagnosticView[];
}

/** What the status API reads of an engine: the same in every mode. */
export function statusSources(
  { engine, metrics, version, readiness, locate = () => undefined, problems, measure: more }: StatusContext,
): StatusSources {
  const { dataflow, xds } = engine;
  return {
    version,
    readiness,
    metrics: async () => {
      measure(metrics, dataflow);
      more?.();
      return { contentType: metrics.registry.contentType, text: await metrics.registry.metrics() };
    },
    gateways: () => gatewayViews(dataflow, locate),
    routes: () => routeViews(dataflow, locate),
    legacy: () => legacyViews(dataflow, locate),
    backends: () => backendViews(dataflow, locate),
    diagnostics: () => withProblems(diagnosticViews(dataflow, locate), problems()),
    proxies: () => proxyViews(xds),
    explain: (collection, key) => explain(dataflow, collection, key),
  };
}

function explain(dataflow: Dataflow, name: string, key: string): readonly string[] | undefined {
  const { graph, gateways, attachments, routes, virtualHosts, clusters, endpoints, resources, statuses } =
    dataflow;
  const collection = [gateways, attachments, routes, virtualHosts, clusters, endpoints, resources, statuses]
    .find((each) => each.name === name);
  return collection?.get(key) === undefined ? undefined : graph.explain(collection, key);
}

/** Before there is an engine. */
export function noSources(
  { metrics, version, readiness }: Pick<StatusContext, 'metrics' | 'version' | 'readiness'>,
): StatusSources {
  const none = { keys: [], identify: () => ({ namespace: '', name: '' }), view: () => undefined };
  return {
    version,
    readiness,
    metrics: async () => ({
      contentType: metrics.registry.contentType,
      text: await metrics.registry.metrics(),
    }),
    gateways: () => none,
    routes: () => none,
    legacy: () => none,
    backends: () => none,
    diagnostics: () => none,
    proxies: () => none,
    explain: () => undefined,
  };
}
