import { spawn } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, Handler, HttpGet } from './pod.ts';

/** Where a probe or a hook acts. */
export interface Target {
  readonly container: Container;
  /** The pod's. */
  readonly address: string;
  /** The command line that runs a command inside the container. */
  inside(command: readonly string[]): readonly string[];
}

/** Does what a probe or a hook says. Resolves if that succeeds; the signal gives it up. */
export async function handle(handler: Handler, target: Target, signal: AbortSignal): Promise<void> {
  const { httpGet, tcpSocket, exec } = handler;
  if (httpGet !== undefined) await get(httpGet, target, signal);
  else if (tcpSocket !== undefined) {
    const place = { host: tcpSocket.host ?? target.address, port: portOf(tcpSocket.port, target.container) };
    await connected(place, signal);
  } else if (exec !== undefined) await ran(target.inside(exec.command ?? []), signal);
  else if (handler.sleep !== undefined) await sleep(handler.sleep.seconds * 1000, undefined, { signal });
  else throw new Error('the node agent does not know this kind of probe or hook');
}

function get(
  { host, port, path = '/', scheme = 'HTTP', httpHeaders = [] }: HttpGet,
  { container, address }: Target,
  signal: AbortSignal,
): Promise<void> {
  const options = {
    host: host ?? address,
    port: portOf(port, container),
    path,
    headers: Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])),
    agent: false as const,
    signal,
  };
  return new Promise((resolve, reject) => {
    // A probe is no proof of identity.
    const sent = scheme === 'HTTPS'
      ? httpsRequest({ ...options, rejectUnauthorized: false })
      : httpRequest(options);
    sent.on('response', (response) => {
      const { statusCode = 0 } = response;
      response.on('error', reject);
      response.resume();
      if (statusCode < 200 || statusCode >= 400) reject(new Error(`HTTP status ${statusCode}`));
      else response.on('end', () => resolve());
    });
    sent.on('error', reject);
    sent.end();
  });
}

function connected(
  place: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(place);
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    signal.addEventListener('abort', () => end(new Error('timed out')), { once: true });
    socket.once('connect', () => end());
    socket.once('error', end);
  });
}

function ran(command: readonly string[], signal: AbortSignal): Promise<void> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'ignore', signal, killSignal: 'SIGKILL' });
    child.on('error', reject);
    child.on('exit', (code) => code === 0 ? resolve() : reject(new Error(`exit code ${code}`)));
  });
}

function portOf(port: number | string, { name, ports = [] }: Container): number {
  if (typeof port === 'number') return port;
  const found = ports.find((candidate) => candidate.name === port);
  if (found === undefined) throw new Error(`the container ${name} has no port named ${port}`);
  return found.containerPort;
}
