/** A rate limit server that speaks Envoy's gRPC protocol. */

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server } from '@grpc/grpc-js';
import {
  type RateLimitRequest,
  RateLimitRequestSchema,
  type RateLimitResponse,
  RateLimitResponse_Code as Code,
  RateLimitResponseSchema,
} from '../../lib/envoy/gen/envoy/service/ratelimit/v3/rls_pb.ts';
import { serve } from './grpc.ts';

export interface RateLimitAsked {
  readonly domain: string;
  /** Each descriptor as `key=value,key=value`. */
  readonly descriptors: readonly string[];
}

export interface RateLimitServer extends AsyncDisposable {
  readonly port: number;
  /** What it was asked, in order. */
  readonly asked: RateLimitAsked[];
}

/** Refuses what has an entry with the value `too-much`. */
export async function startRateLimits(): Promise<RateLimitServer> {
  const asked: RateLimitAsked[] = [];
  const server = new Server();
  server.addService({
    shouldRateLimit: {
      path: '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit',
      requestStream: false,
      responseStream: false,
      requestSerialize: (value: RateLimitRequest) => Buffer.from(toBinary(RateLimitRequestSchema, value)),
      requestDeserialize: (bytes: Buffer) => fromBinary(RateLimitRequestSchema, bytes),
      responseSerialize: (value: RateLimitResponse) => Buffer.from(toBinary(RateLimitResponseSchema, value)),
      responseDeserialize: (bytes: Buffer) => fromBinary(RateLimitResponseSchema, bytes),
    },
  }, {
    shouldRateLimit(
      { request }: { request: RateLimitRequest },
      answer: (error: null, value: RateLimitResponse) => void,
    ) {
      const descriptors = request.descriptors.map(({ entries }) =>
        entries.map(({ key, value }) => `${key}=${value}`).join(',')
      );
      asked.push({ domain: request.domain, descriptors });
      const over = request.descriptors.some(({ entries }) =>
        entries.some(({ value }) => value === 'too-much')
      );
      answer(null, create(RateLimitResponseSchema, { overallCode: over ? Code.OVER_LIMIT : Code.OK }));
    },
  });
  return { ...await serve(server), asked };
}
