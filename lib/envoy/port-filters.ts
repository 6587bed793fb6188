import { create } from '@bufbuild/protobuf';
import type { GrpcStats, Gzip, GzipLevel, PortFilters } from '../model/mod.ts';
import { any, typedConfig } from './any.ts';
import {
  Gzip_CompressionLevel as Level,
  Gzip_CompressionStrategy as Strategy,
  GzipSchema,
} from './gen/envoy/extensions/compression/gzip/compressor/v3/gzip_pb.ts';
import { BufferSchema } from './gen/envoy/extensions/filters/http/buffer/v3/buffer_pb.ts';
import { CompressorSchema } from './gen/envoy/extensions/filters/http/compressor/v3/compressor_pb.ts';
import { ConfigSchema as BridgeSchema } from './gen/envoy/extensions/filters/http/grpc_http1_bridge/v3/config_pb.ts';
import { FilterConfigSchema as StatsSchema } from './gen/envoy/extensions/filters/http/grpc_stats/v3/config_pb.ts';
import { GrpcWebSchema } from './gen/envoy/extensions/filters/http/grpc_web/v3/grpc_web_pb.ts';
import { LuaSchema } from './gen/envoy/extensions/filters/http/lua/v3/lua_pb.ts';
import {
  type HttpFilter,
  HttpFilterSchema,
} from './gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';

/** The filters that a port has for all its requests, in their order. */
export function portFilters(filters: PortFilters): HttpFilter[] {
  const { grpcHttp11Bridge, grpcWeb, grpcStats, lua, gzip, maxRequestBytes } = filters;
  const found: HttpFilter[] = [];
  const add = (name: string, configType: ReturnType<typeof typedConfig>): void =>
    void found.push(create(HttpFilterSchema, { name, configType }));
  if (grpcHttp11Bridge === true) add('envoy.filters.http.grpc_http1_bridge', typedConfig(BridgeSchema));
  // Another one is off but for some routes.
  if (grpcWeb === true) add('dragoman.grpc_web', typedConfig(GrpcWebSchema));
  if (grpcStats !== undefined) add('envoy.filters.http.grpc_stats', statsConfig(grpcStats));
  if (lua !== undefined) {
    const defaultSourceCode = { specifier: { case: 'inlineString', value: lua } } as const;
    add('envoy.filters.http.lua', typedConfig(LuaSchema, { defaultSourceCode }));
  }
  if (gzip !== undefined) add('envoy.filters.http.compressor', gzipConfig(gzip));
  if (maxRequestBytes !== undefined) {
    add('envoy.filters.http.buffer', typedConfig(BufferSchema, { maxRequestBytes }));
  }
  return found;
}

function statsConfig({ methods, upstreamTimes }: GrpcStats): ReturnType<typeof typedConfig> {
  return typedConfig(StatsSchema, {
    enableUpstreamStats: upstreamTimes,
    perMethodStatSpecifier: typeof methods === 'string'
      ? { case: 'statsForAllMethods', value: { value: methods === 'all' } }
      : {
        case: 'individualMethodStatsAllowlist',
        value: {
          services: methods.map(({ service, methods }) => ({ name: service, methodNames: [...methods] })),
        },
      },
  });
}

const LEVELS: Readonly<Record<GzipLevel, Level>> = {
  default: Level.DEFAULT_COMPRESSION,
  speed: Level.BEST_SPEED,
  best: Level.BEST_COMPRESSION,
  1: Level.COMPRESSION_LEVEL_1,
  2: Level.COMPRESSION_LEVEL_2,
  3: Level.COMPRESSION_LEVEL_3,
  4: Level.COMPRESSION_LEVEL_4,
  5: Level.COMPRESSION_LEVEL_5,
  6: Level.COMPRESSION_LEVEL_6,
  7: Level.COMPRESSION_LEVEL_7,
  8: Level.COMPRESSION_LEVEL_8,
  9: Level.COMPRESSION_LEVEL_9,
};

const STRATEGIES = {
  default: Strategy.DEFAULT_STRATEGY,
  filtered: Strategy.FILTERED,
  huffman: Strategy.HUFFMAN_ONLY,
  rle: Strategy.RLE,
  fixed: Strategy.FIXED,
} as const;

function gzipConfig(gzip: Gzip): ReturnType<typeof typedConfig> {
  const { memoryLevel, windowBits, level, strategy, minBytes, contentTypes } = gzip;
  return typedConfig(CompressorSchema, {
    compressorLibrary: {
      name: 'gzip',
      typedConfig: any(GzipSchema, {
        ...(memoryLevel === undefined ? {} : { memoryLevel }),
        ...(windowBits === undefined ? {} : { windowBits }),
        ...(level === undefined ? {} : { compressionLevel: LEVELS[level] }),
        ...(strategy === undefined ? {} : { compressionStrategy: STRATEGIES[strategy] }),
      }),
    },
    responseDirectionConfig: {
      commonConfig: {
        ...(minBytes === undefined ? {} : { minContentLength: minBytes }),
        ...(contentTypes === undefined ? {} : { contentType: [...contentTypes] }),
      },
      disableOnEtagHeader: gzip.exceptWithEtag === true,
      removeAcceptEncodingHeader: gzip.dropAcceptEncoding === true,
    },
  });
}
