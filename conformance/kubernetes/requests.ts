import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../cluster/cluster.ts';
import type { Answer, RequestOptions } from '../standalone/request.ts';
import type { TlsAnswer, TlsRequestOptions } from '../standalone/tls-request.ts';

const INSIDE = fileURLToPath(new URL('requests-inside.ts', import.meta.url));

export type InsideRequest =
  | { readonly id: number; readonly options: RequestOptions }
  | { readonly id: number; readonly tlsOptions: TlsRequestOptions };

export type InsideAnswer =
  | { readonly id: number; readonly answer: Answer | TlsAnswer }
  | { readonly id: number; readonly error: string };

/** Sends requests from inside a cluster, each on a connection of its own. */
export class Requests implements Disposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: InsideAnswer) => void>();
  #sent = 0;

  constructor(cluster: Cluster) {
    this.#child = cluster.spawn([process.execPath, INSIDE], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error('a pipe is missing');
    createInterface({ input: stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as InsideAnswer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  /** Rejects if there is no answer. */
  async send(options: RequestOptions): Promise<Answer> {
    return await this.#ask({ id: this.#sent++, options });
  }

  /** The same over TLS. */
  async sendTls(tlsOptions: TlsRequestOptions): Promise<TlsAnswer> {
    return await this.#ask({ id: this.#sent++, tlsOptions }) as TlsAnswer;
  }

  [Symbol.dispose](): void {
    this.#child.stdin?.end();
  }

  #ask(request: InsideRequest): Promise<Answer | TlsAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, (answered) => {
        if ('answer' in answered) resolve(answered.answer);
        else reject(new Error(answered.error));
      });
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
  }
}
