import type { AmbassadorModule, LogService } from '../../lib/api/legacy/mod.ts';
import type { Fetch, Keyed } from '../../lib/graph/types.ts';
import type { AccessLog, Cluster, Diagnostic, LogStream } from '../../lib/model/mod.ts';
import type { SecretUse } from '../flow.ts';
import { formatProblem } from './formats.ts';
import type { RateLimitReads as ServiceReads } from './rate-limit.ts';
import { ambassadorModule, type NamedModule, refOf } from './settings.ts';
import { authorityOf, homeOf, unlimited, upstreamOf } from './upstream.ts';

/** What a LogService becomes, or what the Module says of logs. */
export interface LogResult extends Keyed {
  /** Absent: it gets nothing, and requests are served all the same. */
  readonly log?: AccessLog;
  readonly clusters: readonly Cluster[];
  readonly secrets: readonly SecretUse[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Each LogService gets all entries. */
export function translateLog(service: LogService, fetch: Fetch, reads: ServiceReads): LogResult {
  const { spec } = service;
  const diagnostics: Diagnostic[] = [];
  const report = (field: string, message: string, warns = false): void => {
    diagnostics.push({
      object: refOf(service),
      severity: warns ? 'warning' : 'error',
      code: warns ? 'IgnoredValue' : 'InvalidLogService',
      field,
      message,
    });
  };
  const upstream = upstreamOf(
    {
      metadata: homeOf({ ...service.metadata, service: spec.service }, fetch, reads),
      spec: { service: spec.service, protocol: 'http2', statsName: spec.statsName },
    },
    fetch,
    { ...reads, module: unlimited(ambassadorModule(fetch, reads.modules)) },
  );
  const { cluster, problem, note } = upstream;
  if (problem !== undefined) report('spec.service', problem);
  if (note !== undefined) report('spec.service', note.message, true);
  if (spec.driver === undefined) report('spec.driver', 'driver must say http or tcp, so nothing is sent.');
  if (spec.protocolVersion === 'v2') {
    report('spec.protocol_version', 'Envoy speaks v3 alone, so a LogService for v2 gets nothing.');
  } else if (spec.protocolVersion === undefined) {
    report(
      'spec.protocol_version',
      'Entries go by v3 of the protocol, as protocol_version: v3 would say.',
      true,
    );
  }
  const key = `LogService/${service.key}`;
  if (cluster === undefined || spec.driver === undefined || spec.protocolVersion === 'v2') {
    return { key, clusters: [], secrets: [], diagnostics };
  }
  const headers = spec.additionalLogHeaders.filter(({ headerName }) => headerName !== '');
  const named = (when: 'duringRequest' | 'duringResponse' | 'duringTrailer'): readonly string[] =>
    headers.filter((header) => header[when]).map(({ headerName }) => headerName.toLowerCase());
  return {
    key,
    log: {
      type: 'server',
      entries: spec.driver,
      name: service.metadata.name,
      cluster: cluster.key,
      authority: authorityOf(upstream),
      // Envoy takes no interval of 0.
      flushInterval: Math.max(1, spec.flushIntervalSeconds * 1_000),
      bufferBytes: spec.flushIntervalBytes,
      requestHeaders: named('duringRequest'),
      responseHeaders: named('duringResponse'),
      trailers: named('duringTrailer'),
    },
    clusters: [cluster],
    secrets: upstream.secrets,
    diagnostics,
  };
}

/** What the ambassador Module says of logs, if it says anything: they go to the proxy's output. */
export function moduleLog({ key, module }: NamedModule): LogResult | undefined {
  const { spec } = module;
  if (spec.module !== 'ambassador') return undefined;
  const { envoyLogType, envoyLogFormat, envoyLogPath } = spec.config;
  if (envoyLogType === 'text' && envoyLogFormat === undefined && envoyLogPath === undefined) return undefined;
  const diagnostics: Diagnostic[] = [];
  const report = (field: string, message: string): void => {
    const object = refOf(module);
    diagnostics.push({ object, severity: 'warning', code: 'IgnoredValue', field, message });
  };
  const to = STREAMS[envoyLogPath ?? '/dev/stdout'];
  if (to === undefined) {
    report(
      'spec.config.envoy_log_path',
      `${envoyLogPath} is no output of the proxy, and it writes no files: the log goes to its standard output.`,
    );
  }
  const problem = problemOf(envoyLogFormat, envoyLogType);
  if (problem !== undefined) {
    report('spec.config.envoy_log_format', `${problem}, so the format is Envoy's own.`);
  }
  const format = problem === undefined ? envoyLogFormat : undefined;
  return {
    key: `Module/${key}`,
    log: {
      type: 'stream',
      to: to ?? 'stdout',
      ...(format === undefined
        ? {}
        : { format, origin: { object: refOf(module), field: 'spec.config.envoy_log_format' } }),
    },
    clusters: [],
    secrets: [],
    diagnostics,
  };
}

const STREAMS: Readonly<Record<string, LogStream['to'] | undefined>> = {
  '/dev/stdout': 'stdout',
  '/dev/fd/1': 'stdout',
  '/proc/self/fd/1': 'stdout',
  '/dev/stderr': 'stderr',
  '/dev/fd/2': 'stderr',
  '/proc/self/fd/2': 'stderr',
};

function problemOf(
  format: AmbassadorModule['envoyLogFormat'],
  type: AmbassadorModule['envoyLogType'],
): string | undefined {
  if (format === undefined) return undefined;
  const isText = typeof format === 'string';
  if (isText !== (type === 'text')) {
    return isText ? `envoy_log_type ${type} needs an object` : 'envoy_log_type text needs a line of text';
  }
  const forbidden = formatProblem(isText ? format : JSON.stringify(format));
  return forbidden === undefined ? undefined : `It ${forbidden}`;
}
