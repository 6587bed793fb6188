import { connect, type Socket } from 'node:net';
import type { SeenRequest } from '../../lib/echo/mod.ts';

/** One TCP connection that stays open, over which HTTP/1.1 requests ask an echo who it is. */
export class Conversation implements Disposable {
  readonly #socket: Socket;
  #text = '';
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Uint8Array) => this.#text += Buffer.from(chunk).toString());
    socket.on('close', () => this.#closed = true);
  }

  /** Resolves when the proxy has taken the connection; what becomes of it shows later. */
  static begin(port: number): Promise<Conversation> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        const conversation = new Conversation(socket);
        socket.on('error', () => socket.destroy());
        resolve(conversation);
      });
    });
  }

  /** Name of the echo at the other end; rejects if the connection is closed. */
  async ask(): Promise<string> {
    const answer = await this.say('GET / HTTP/1.1\r\nhost: echo\r\n\r\n');
    return (JSON.parse(bodyOf(answer) ?? '{}') as SeenRequest).name;
  }

  /** What is answered to a text, headers and all; rejects if the connection is closed before that has come. */
  say(text: string): Promise<string> {
    this.#text = '';
    this.#socket.write(text);
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (bodyOf(this.#text) !== undefined) end(() => resolve(this.#text));
        else if (this.#closed) end(() => reject(new Error('the connection is closed')));
      };
      const end = (settle: () => void): void => {
        this.#socket.off('data', look).off('close', look);
        settle();
      };
      this.#socket.on('data', look).on('close', look);
      look();
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** The body of an answer that is complete. */
function bodyOf(text: string): string | undefined {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? NaN);
  return body.length >= length ? body : undefined;
}

/** Who answers on a connection of its own; `closed` if the proxy ends it. */
export async function whoAnswers(port: number): Promise<string> {
  using conversation = await Conversation.begin(port);
  return await conversation.ask().catch(() => 'closed');
}

/** How often who answers. */
export async function shares(times: number, ask: () => Promise<string>): Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  for (let time = 0; time < times; time++) {
    const name = await ask();
    answers[name] = (answers[name] ?? 0) + 1;
  }
  return answers;
}
