import { createSocket, type Socket } from 'node:dgram';

/** A UDP backend that answers each datagram with its own name, the sender's port, and what it got. */
export class UdpEcho implements AsyncDisposable {
  readonly port: number;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
  }

  static async start(name: string): Promise<UdpEcho> {
    const socket = createSocket('udp4');
    socket.on('message', (message, { port, address }) => {
      socket.send(`${name} ${port} ${message.toString()}`, port, address);
    });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new UdpEcho(socket);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => this.#socket.close(resolve));
  }
}

/** One client: an address and port that datagrams come from. */
export class UdpClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #port: number;

  private constructor(socket: Socket, port: number) {
    this.#socket = socket;
    this.#port = port;
  }

  static async start(port: number): Promise<UdpClient> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new UdpClient(socket, port);
  }

  /** The answer to a datagram; undefined if none comes in time, which is long unless told. */
  ask(text: string, { ms = 5_000 }: { readonly ms?: number } = {}): Promise<string | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(undefined), ms);
      const settle = (answer: string | undefined): void => {
        clearTimeout(timer);
        this.#socket.off('message', heard);
        resolve(answer);
      };
      const heard = (message: Uint8Array): void => settle(Buffer.from(message).toString());
      this.#socket.on('message', heard);
      this.#socket.send(text, this.#port, '127.0.0.1');
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => this.#socket.close(resolve));
  }
}
