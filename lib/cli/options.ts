import { InvalidArgumentError, Option } from 'commander';
import { isIP } from 'node:net';

/** Where a server listens. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface BindOptions {
  readonly bind: string;
  readonly portShift: number;
}

export function bindOption(): Option {
  return new Option('--bind <address>', 'IP address that listeners bind where their Gateway asks for none')
    .argParser(parseAddress).default('127.0.0.1');
}

export function portShiftOption(): Option {
  return new Option(
    '--port-shift <n>',
    'added to listener ports under 1024: 80 becomes 8080; 0 binds them as they are',
  )
    .argParser(parsePortShift).default(8000);
}

export function outputOption(...formats: readonly string[]): Option {
  return new Option('-o, --output <format>', 'how to print the result').choices(formats).default(formats[0]);
}

export function parseAddress(text: string): string {
  const address = text.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) === 0) {
    throw new InvalidArgumentError('Give an IP address, such as 127.0.0.1, 0.0.0.0 or ::.');
  }
  return address;
}

/** The largest shift keeps port 1023 below 65536. */
export function parsePortShift(text: string): number {
  return parseInteger(text, { min: 0, max: 64_512, example: '8000, or 0 for none' });
}

export function parsePort(text: string): number {
  return parseInteger(text, { min: 0, max: 65_535, example: '8001, or 0 for any free port' });
}

export function parseConcurrency(text: string): number {
  return parseInteger(text, { min: 1, max: 1024, example: '4' });
}

export function parseHostPort(text: string): HostPort {
  const [, v6, name, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(text) ?? [];
  const host = v6 ?? name;
  const known = v6 !== undefined ? isIP(v6) === 6 : host === 'localhost' || isIP(host ?? '') === 4;
  if (host === undefined || digits === undefined || !known) {
    throw new InvalidArgumentError(
      'Give HOST:PORT with an IP address or localhost, such as 127.0.0.1:8001 or [::1]:8001.',
    );
  }
  return { host, port: parsePort(digits) };
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An address that a client on this machine can use, where a server listens on all. */
export function formatReachable({ host, port }: HostPort): string {
  const all: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  return formatHostPort({ host: all[host] ?? host, port });
}

export interface IntegerRange {
  readonly min: number;
  readonly max: number;
  readonly example: string;
}

export function parseInteger(text: string, { min, max, example }: IntegerRange): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}, such as ${example}.`);
  }
  return value;
}
