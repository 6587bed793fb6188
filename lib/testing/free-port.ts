/** Ports of 127.0.0.1 for what a test starts later, in another process perhaps. */

import { createServer, type Server } from 'node:net';

/**
 * Below those that the kernel gives to whoever asks for any (32768 and up, unless somebody changed it): one of those that
 * was free a moment ago may be the other end of a connection by now.
 */
const FIRST = 12_288;
const END = 32_768;
/** A process has a block to itself: the test files that run beside it take others. */
const BLOCK = 512;
const BLOCKS = (END - FIRST) / BLOCK;

let next = 0;
let end = 0;

/**
 * A port that nobody uses, and that nobody else who asks here is given while this process lives. With an offset, the
 * same holds for the port so much higher.
 *
 * @throws {Error} If other processes have all ports, or the offset is no whole number from 0 to 511.
 */
export async function freePort({ offset = 0 }: { readonly offset?: number } = {}): Promise<number> {
  for (;;) {
    while (next + offset < end) {
      const port = next;
      next += 1;
      if (await isFree(port) && (offset === 0 || await isFree(port + offset))) {
        next += offset;
        return port;
      }
    }
    await takeBlock(offset);
  }
}

/** Whoever listens on the first port of a block has it; the kernel gives it back when the process ends. */
async function takeBlock(offset: number): Promise<void> {
  if (!(offset >= 0 && offset < BLOCK - 1)) throw new Error(`an offset of ${offset}: not 0 to ${BLOCK - 2}`);
  const start = Math.floor(Math.random() * BLOCKS);
  for (let i = 0; i < BLOCKS; i++) {
    const first = FIRST + ((start + i) % BLOCKS) * BLOCK;
    const owner = await listen(first);
    if (owner === undefined) continue;
    owner.unref();
    [next, end] = [first + 1, first + BLOCK];
    return;
  }
  throw new Error(`no block of ports from ${FIRST} to ${END - 1} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** Undefined if somebody else has it. */
function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
