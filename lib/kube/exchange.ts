import type { Readable } from 'node:stream';

/** What is asked of a server, whatever the version of HTTP. */
export interface Outgoing {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

/** An answer that has begun. */
export interface Answer {
  readonly status: number;
  /** The header `retry-after`. */
  readonly retryAfter: string | undefined;
  readonly body: Readable;
  /** Once the body has ended: whether all of it came. */
  isWhole(): boolean;
}

/** One request and its answer. */
export interface Exchange {
  /** Rejects with what the connection says. */
  readonly answer: Promise<Answer>;
  /** Whether an error says no more than that a connection of earlier requests is gone. */
  isStale(error: Error): boolean;
  /** Whatever is still to come is not wanted. */
  destroy(): void;
}

/** After so much silence the kernel asks the other side whether it is still there, ms. */
export const PROBE_MS = 15_000;
