/** Collectors of spans: OTLP by gRPC, Zipkin, and the agent of Datadog. */

import { createServer } from 'node:http';
import { Server } from '@grpc/grpc-js';
import { serve } from './grpc.ts';
import { serveHttp } from './serve-http.ts';

export interface Collector extends AsyncDisposable {
  readonly port: number;
  /** What was exported, as bytes of OTLP, and the headers that came with it. */
  readonly exports: { readonly text: string; readonly token: string }[];
}

/** An OTLP collector that keeps what it is sent as it comes: names and values are plain text in it. */
export async function startCollector(): Promise<Collector> {
  const exports: Collector['exports'] = [];
  const server = new Server();
  const raw = (bytes: Buffer): Buffer => bytes;
  server.addService({
    export: {
      path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      requestStream: false,
      responseStream: false,
      requestSerialize: raw,
      requestDeserialize: raw,
      responseSerialize: raw,
      responseDeserialize: raw,
    },
  }, {
    export(
      { request, metadata }: { request: Buffer; metadata: { get(name: string): unknown[] } },
      answer: (error: null, value: Buffer) => void,
    ) {
      exports.push({ text: request.toString('latin1'), token: String(metadata.get('x-token')[0]) });
      answer(null, Buffer.alloc(0));
    },
  });
  return { ...await serve(server), exports };
}

export interface ZipkinSpan {
  readonly traceId: string;
  readonly kind: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Zipkin extends AsyncDisposable {
  readonly port: number;
  /** The `Host` and path of each request that brought spans. */
  readonly requests: string[];
  readonly spans: ZipkinSpan[];
}

/** Takes spans as JSON, as version 2 of the Zipkin API has them. */
export async function startZipkin(): Promise<Zipkin> {
  const requests: string[] = [];
  const spans: ZipkinSpan[] = [];
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    request.on('end', () => {
      requests.push(`${request.headers.host} ${request.url}`);
      spans.push(...JSON.parse(Buffer.concat(chunks).toString()) as ZipkinSpan[]);
      response.writeHead(202).end();
    });
  });
  return {
    ...await serveHttp(server),
    requests,
    spans,
  };
}

export interface DatadogAgent extends AsyncDisposable {
  readonly port: number;
  /** The method and path of each request that brought spans. */
  readonly requests: string[];
  /** How many spans have come. */
  readonly spans: () => number;
  /** All that has come: names and values are plain text in it. */
  readonly text: () => string;
}

/** Takes spans as MessagePack, as `/v0.4/traces` of the agent has them; each has one `trace_id`. */
export async function startDatadogAgent(): Promise<DatadogAgent> {
  const requests: string[] = [];
  let text = '';
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url?.endsWith('/traces') === true) {
        requests.push(`${request.method} ${request.url}`);
        text += Buffer.concat(chunks).toString('latin1');
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"rate_by_service":{}}');
    });
  });
  return {
    ...await serveHttp(server),
    requests,
    spans: () => text.split('trace_id').length - 1,
    text: () => text,
  };
}
