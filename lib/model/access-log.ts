import type { ObjectRef } from './origin.ts';

/** Where each request or connection is told of. */
export type AccessLog = LogServer | LogStream;

/** A gRPC server that speaks Envoy's `accesslog.v3`. */
export interface LogServer {
  readonly type: 'server';
  readonly entries: 'http' | 'tcp';
  /** What the server knows it by. */
  readonly name: string;
  /** Name of its cluster. */
  readonly cluster: string;
  /** `:authority` of what is sent there. */
  readonly authority: string;
  /** ms */
  readonly flushInterval: number;
  readonly bufferBytes: number;
  /** HTTP only: headers and trailers that are told besides, in lower case. */
  readonly requestHeaders: readonly string[];
  readonly responseHeaders: readonly string[];
  readonly trailers: readonly string[];
}

/** Lines on the proxy's own output. */
export interface LogStream {
  readonly type: 'stream';
  readonly to: 'stdout' | 'stderr';
  /** Text with Envoy's `%COMMANDS%`, or an object of them; Envoy's own if absent. */
  readonly format?: string | Readonly<Record<string, unknown>>;
  /** Who says the format, and in which field: told if Envoy does not take it. */
  readonly origin?: { readonly object: ObjectRef; readonly field: string };
}
