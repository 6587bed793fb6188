import { Command } from 'commander';
import { readFile } from 'node:fs/promises';

import { type EchoOptions, type EchoTls, startEcho } from '../echo/mod.ts';
import { printable } from './findings.ts';
import { CommandError, type ExitCode, exitCode, type Io } from './io.ts';
import { listenProblem } from './listen-problem.ts';
import { formatHostPort, parseAddress, parsePort } from './options.ts';
import { listenForStop } from './stop.ts';

interface EchoCommandOptions {
  readonly name: string;
  readonly bind: string;
  readonly port: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly clientCa?: string;
  readonly log?: boolean;
}

/** Serves until it is told to stop. */
export async function echo(io: Io, options: EchoCommandOptions): Promise<ExitCode> {
  const { name, bind: host, port } = options;
  const tls = await tlsOf(options);
  const onRequest: EchoOptions['onRequest'] = ({ method, host, path }) =>
    io.out(printable(`${method} ${host} ${path}`, false) + '\n');
  const server = await startEcho({
    name,
    host,
    port,
    ...(tls === undefined ? {} : { tls }),
    ...(options.log === true ? { onRequest } : {}),
  }).catch((error: unknown) => {
    throw new CommandError(listenProblem(error, { host, port }, '--port'));
  });
  io.out(`${name} answers at ${tls === undefined ? 'http' : 'https'}://${formatHostPort(server)}\n`);
  using stop = listenForStop(io);
  await stop.asked;
  await server.close();
  return exitCode.ok;
}

async function tlsOf({ tlsCert, tlsKey, clientCa }: EchoCommandOptions): Promise<EchoTls | undefined> {
  if (tlsCert === undefined && tlsKey === undefined && clientCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new CommandError('--tls-cert and --tls-key go together: give both');
  }
  return {
    cert: await read('--tls-cert', tlsCert),
    key: await read('--tls-key', tlsKey),
    ...(clientCa === undefined ? {} : { clientCa: await read('--client-ca', clientCa) }),
  };
}

async function read(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${flag} names ${file}, which cannot be read: ${(error as Error).message}`);
  }
}

export function echoCommand(io: Io, done: (code: ExitCode) => void): Command {
  return new Command('echo')
    .summary('run a backend that answers with the request that it saw')
    .description(
      'Runs a backend for trying things out. It answers each request, over HTTP/1, HTTP/2 or WebSocket, with what it saw ' +
        'and its own name.',
    )
    .option('--name <name>', 'what it calls itself', 'echo')
    .option('--bind <address>', 'IP address to listen on', parseAddress, '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 for any free one', parsePort, 0)
    .option('--tls-cert <file>', 'serve TLS with this certificate chain (PEM)')
    .option('--tls-key <file>', 'its private key (PEM)')
    .option('--client-ca <file>', 'want client certificates that one of these signed (PEM)')
    .option('--log', 'print a line for each request')
    .addHelpText(
      'after',
      `
Examples:
  dragoman echo --port 3000 --name web
  curl 'http://127.0.0.1:3000/?status=503&delay=200'   # that status, after 200 ms
  curl http://127.0.0.1:3000/require/authorization     # 401 without that header

Exit codes: 0 told to stop, 1 cannot listen, 2 wrong usage.`,
    )
    .action(async (options: EchoCommandOptions) => done(await echo(io, options)));
}
