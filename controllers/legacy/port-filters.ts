import type { AmbassadorModule, Gzip as LegacyGzip, Module } from '../../lib/api/legacy/mod.ts';
import type {
  Diagnostic,
  GrpcStats,
  Gzip,
  GzipLevel,
  GzipStrategy,
  PortFilters,
} from '../../lib/model/mod.ts';
import type { Settings } from '../settings.ts';
import { errorResponsesOf } from './error-responses.ts';
import { formatProblem } from './formats.ts';
import { isHeadersSize } from './reading.ts';
import { refOf } from './settings.ts';

export function moduleDiagnostics(
  module: Module,
  settings: Pick<Settings, 'legacyLua'>,
): readonly Diagnostic[] {
  const { spec } = module;
  if (spec.module !== 'ambassador') return [];
  const object = refOf(module);
  return portFiltersOf(spec.config, settings).problems.map(({ field, message }) => ({
    object,
    severity: 'error',
    code: 'InvalidModule',
    field: `spec.config.${field}`,
    message,
  }));
}

/** Something that the Module asks for and does not get. */
export interface ModuleProblem {
  /** Below `spec.config`. */
  readonly field: string;
  readonly message: string;
}

/** What all requests of Listeners go through, by what the Module says, and what of it cannot be had. */
export function portFiltersOf(
  module: AmbassadorModule,
  { legacyLua = false }: Pick<Settings, 'legacyLua'>,
): { readonly filters: PortFilters; readonly problems: readonly ModuleProblem[] } {
  const problems: ModuleProblem[] = [];
  const { grpcStats, luaScripts, gzip, buffer, errorResponseOverrides = [] } = module;
  const errors = errorResponsesOf(errorResponseOverrides);
  for (const { index, message } of errors.problems) {
    problems.push({ field: `error_response_overrides[${index}]`, message });
  }
  const { addRequestHeaders = [], addResponseHeaders = [] } = module.defaults?.httpmapping ?? {};
  for (const { name, value } of [...addRequestHeaders, ...addResponseHeaders]) {
    const problem = formatProblem(value);
    if (problem === undefined) continue;
    problems.push({
      field: 'defaults.httpmapping',
      message: `Header ${name} ${problem}, so it is not added.`,
    });
  }
  const compression = gzip === undefined ? undefined : gzipOf(gzip);
  problems.push(...compression?.problems ?? []);
  const limit = buffer?.maxRequestBytes;
  if (limit === 0) {
    problems.push({ field: 'buffer.max_request_bytes', message: 'Nothing fits into no bytes.' });
  }
  // 0 says nothing, as ever.
  if (module.maxRequestHeadersKb && !isHeadersSize(module.maxRequestHeadersKb)) {
    problems.push({ field: 'max_request_headers_kb', message: 'The limit is from 1 to 8192.' });
  }
  return {
    problems,
    filters: {
      ...(module.enableGrpcHttp11Bridge ? { grpcHttp11Bridge: true } : {}),
      ...(module.enableGrpcWeb ? { grpcWeb: true } : {}),
      ...(grpcStats === undefined ? {} : { grpcStats: statsOf(grpcStats) }),
      ...(luaScripts === undefined || !legacyLua ? {} : { lua: luaScripts }),
      ...(compression === undefined ? {} : { gzip: compression.gzip }),
      ...(limit === undefined || limit === 0 ? {} : { maxRequestBytes: limit }),
      ...(errors.responses.length === 0 ? {} : { errors: errors.responses }),
    },
  };
}

function statsOf(
  { allMethods, services, upstreamStats }: NonNullable<AmbassadorModule['grpcStats']>,
): GrpcStats {
  return {
    methods: services?.map(({ name, methodNames }) => ({ service: name, methods: methodNames })) ??
      (allMethods ? 'all' : 'none'),
    upstreamTimes: upstreamStats,
  };
}

const LEVELS: Readonly<Record<string, GzipLevel>> = {
  DEFAULT: 'default',
  DEFAULT_COMPRESSION: 'default',
  SPEED: 'speed',
  BEST_SPEED: 'speed',
  BEST: 'best',
  BEST_COMPRESSION: 'best',
  ...Object.fromEntries(
    ([1, 2, 3, 4, 5, 6, 7, 8, 9] as const).map((level) => [`COMPRESSION_LEVEL_${level}`, level]),
  ),
};

const STRATEGIES: Readonly<Record<string, GzipStrategy>> = {
  DEFAULT: 'default',
  DEFAULT_STRATEGY: 'default',
  FILTERED: 'filtered',
  HUFFMAN: 'huffman',
  HUFFMAN_ONLY: 'huffman',
  RLE: 'rle',
  FIXED: 'fixed',
};

/** With what is wrong left to Envoy. */
function gzipOf(gzip: LegacyGzip): { readonly gzip: Gzip; readonly problems: readonly ModuleProblem[] } {
  const problems: ModuleProblem[] = [];
  const within = (field: string, value: number | undefined, [least, most]: readonly [number, number]) => {
    if (value === undefined || (value >= least && value <= most)) return value;
    problems.push({ field: `gzip.${field}`, message: `${field} is from ${least} to ${most}.` });
    return undefined;
  };
  const known = <T>(
    field: string,
    value: string | undefined,
    names: Readonly<Record<string, T>>,
  ): T | undefined => {
    const found = value === undefined ? undefined : names[value.toUpperCase()];
    if (value !== undefined && found === undefined) {
      problems.push({
        field: `gzip.${field}`,
        message: `${value} is none of ${Object.keys(names).join(', ')}.`,
      });
    }
    return found;
  };
  const memoryLevel = within('memory_level', gzip.memoryLevel, [1, 9]);
  const windowBits = within('window_bits', gzip.windowBits, [9, 15]);
  const level = known('compression_level', gzip.compressionLevel, LEVELS);
  const strategy = known('compression_strategy', gzip.compressionStrategy, STRATEGIES);
  return {
    problems,
    gzip: {
      ...(memoryLevel === undefined ? {} : { memoryLevel }),
      ...(windowBits === undefined ? {} : { windowBits }),
      ...(level === undefined ? {} : { level }),
      ...(strategy === undefined ? {} : { strategy }),
      ...(gzip.minContentLength === undefined ? {} : { minBytes: gzip.minContentLength }),
      ...(gzip.contentType === undefined ? {} : { contentTypes: gzip.contentType }),
      ...(gzip.disableOnEtagHeader === true ? { exceptWithEtag: true } : {}),
      ...(gzip.removeAcceptEncodingHeader === true ? { dropAcceptEncoding: true } : {}),
    },
  };
}
