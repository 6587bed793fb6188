import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import type { AddressInfo } from 'node:net';

export interface HttpServer {
  /** `http://host:port` with the port that was bound. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Listens on `host:port` (0 for any free port). Rejects with the system's error, such as `EADDRINUSE`. */
export function startServer(
  app: Hono,
  at: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: at.host, port: at.port }, (info: AddressInfo) => {
      const host = info.family === 'IPv6' ? `[${info.address}]` : info.address;
      resolve({ url: `http://${host}:${info.port}`, stop });
    });
    // Stays, for an error of a later accept() is not the end of the process.
    server.on('error', reject);
    function stop(): Promise<void> {
      return new Promise((done) => {
        server.close(() => done());
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
    }
  });
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
