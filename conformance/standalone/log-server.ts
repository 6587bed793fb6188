/** A log server that speaks Envoy's gRPC protocol for access logs. */

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server } from '@grpc/grpc-js';
import type { HTTPAccessLogEntry } from '../../lib/envoy/gen/envoy/data/accesslog/v3/accesslog_pb.ts';
import {
  type StreamAccessLogsMessage,
  StreamAccessLogsMessageSchema,
  type StreamAccessLogsResponse,
  StreamAccessLogsResponseSchema,
} from '../../lib/envoy/gen/envoy/service/accesslog/v3/als_pb.ts';
import { serve } from './grpc.ts';

export interface LogServer extends AsyncDisposable {
  readonly port: number;
  /** Names of the logs that were opened. */
  readonly names: string[];
  readonly http: HTTPAccessLogEntry[];
  /** How many entries of connections it got. */
  readonly tcp: () => number;
}

export async function startLogServer(): Promise<LogServer> {
  const names: string[] = [];
  const http: HTTPAccessLogEntry[] = [];
  let tcp = 0;
  const server = new Server();
  server.addService({
    streamAccessLogs: {
      path: '/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs',
      requestStream: true,
      responseStream: false,
      requestSerialize: (value: StreamAccessLogsMessage) =>
        Buffer.from(toBinary(StreamAccessLogsMessageSchema, value)),
      requestDeserialize: (bytes: Buffer) => fromBinary(StreamAccessLogsMessageSchema, bytes),
      responseSerialize: (value: StreamAccessLogsResponse) =>
        Buffer.from(toBinary(StreamAccessLogsResponseSchema, value)),
      responseDeserialize: (bytes: Buffer) => fromBinary(StreamAccessLogsResponseSchema, bytes),
    },
  }, {
    streamAccessLogs(
      call: NodeJS.ReadableStream,
      answer: (error: null, value: StreamAccessLogsResponse) => void,
    ) {
      call.on('data', ({ identifier, logEntries }: StreamAccessLogsMessage) => {
        if (identifier !== undefined) names.push(identifier.logName);
        if (logEntries.case === 'httpLogs') http.push(...logEntries.value.logEntry);
        if (logEntries.case === 'tcpLogs') tcp += logEntries.value.logEntry.length;
      });
      call.on('error', () => {});
      call.on('end', () => answer(null, create(StreamAccessLogsResponseSchema)));
    },
  });
  return { ...await serve(server), names, http, tcp: () => tcp };
}
