import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Serving extends AsyncDisposable {
  readonly port: number;
}

/** Where something listens. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Serves on a free port of this machine unless told where; when disposed, ends its connections too. */
export async function serveHttp(
  server: Server,
  { host, port }: Place = { host: '127.0.0.1', port: 0 },
): Promise<Serving> {
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
