import { type ClientHttp2Session, connect } from 'node:http2';
import type { SeenRequest } from '../../lib/echo/mod.ts';

export interface Http2Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly seen: SeenRequest | undefined;
}

export interface Http2Request {
  readonly host: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent by POST. */
  readonly body?: string;
}

/** Many requests on one HTTP/2 connection. */
export class Http2Client implements Disposable {
  readonly session: ClientHttp2Session;

  constructor(session: ClientHttp2Session) {
    this.session = session;
    // Requests report it.
    session.on('error', () => {});
  }

  /** Without TLS. */
  static open(port: number, address = '127.0.0.1'): Http2Client {
    return new Http2Client(connect(`http://${address}:${port}`));
  }

  /** Rejects if the stream is reset or the connection ends first. */
  send({ host, path = '/', headers = {}, body }: Http2Request): Promise<Http2Answer> {
    return new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const stream = this.session.request({
        ':method': method,
        ':authority': host,
        ':path': path,
        ...headers,
      });
      const chunks: Uint8Array[] = [];
      let answer: Record<string, string | string[] | undefined> & { ':status'?: number } = {};
      stream.on('response', (received) => {
        answer = received as typeof answer;
      });
      stream.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('close', () => {
        const status = answer[':status'] ?? 0;
        if (status === 0 || stream.rstCode !== 0) {
          reject(new Error(`the stream ended with status ${status} and code ${stream.rstCode}`));
          return;
        }
        const text = Buffer.concat(chunks).toString();
        const seen = text.startsWith('{') ? JSON.parse(text) as SeenRequest : undefined;
        resolve({ status, headers: answer, body: text, seen });
      });
      stream.end(body);
    });
  }

  [Symbol.dispose](): void {
    this.session.destroy();
  }
}
