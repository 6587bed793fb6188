/** The part of the legacy dataflow that is about spans and logs of requests. */

import { isServed, type LegacySettings } from '../../lib/api/legacy/mod.ts';
import type { Collection, Graph } from '../../lib/graph/types.ts';
import { type Finding, findingsOf } from '../findings.ts';
import type { ObjectCollections } from '../inputs.ts';
import type { Asking } from './flow.ts';
import { type LogResult, moduleLog, translateLog } from './logs.ts';
import type { RateLimitReads as ServiceReads } from './rate-limit.ts';
import { type TracingResult, translateTracing } from './tracing.ts';

export interface TelemetryFlow {
  /** One at most. */
  readonly tracings: Collection<TracingResult>;
  readonly logs: Collection<LogResult>;
  readonly asking: Collection<Asking>;
  readonly findings: Collection<Finding>;
}

export function declareTelemetry(
  graph: Graph,
  objects: ObjectCollections,
  reads: ServiceReads & { readonly legacy: LegacySettings },
): TelemetryFlow {
  const tracings = graph.map(
    'legacyTracing',
    graph.index(
      'legacyTracingSources',
      objects.TracingService,
      (each) => isServed(each, reads.legacy) ? ['tracing'] : [],
    ),
    (bucket, fetch) => translateTracing(bucket, fetch, reads),
  );
  const logs = graph.merge<LogResult>('legacyLogs', [
    graph.map(
      'legacyLogServices',
      objects.LogService,
      (each, fetch) => isServed(each, reads.legacy) ? translateLog(each, fetch, reads) : undefined,
    ),
    graph.map('legacyModuleLogs', reads.modules, moduleLog),
  ]);
  const results = graph.merge<TracingResult | LogResult>('legacyTelemetry', [tracings, logs]);
  return {
    tracings,
    logs,
    asking: graph.map(
      'legacyTelemetryAsks',
      results,
      ({ key, clusters, secrets }): Asking => ({ key, clusters, secrets, timeout: 0 }),
    ),
    findings: graph.flatMap(
      'legacyTelemetryFindings',
      results,
      ({ key, diagnostics }) => findingsOf(key, diagnostics),
    ),
  };
}
