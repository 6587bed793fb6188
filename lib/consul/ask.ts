import { lookup } from 'node:dns';
import { type IncomingHttpHeaders, request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Answer, Query } from './catalogue.ts';

export interface AskOptions {
  /** Of the last answer; the agent answers when there is a greater one. */
  readonly index: number;
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
  /** Addresses that are not asked. */
  readonly refuses: (address: string) => boolean;
}

export interface Found {
  readonly index: number;
  readonly endpoints: Answer['endpoints'];
}

/** Beyond the time that a question may wait, ms. */
const GRACE = 15_000;

const MAX_BYTES = 16 * 1024 * 1024;

/** Asks for the instances of a service whose checks all pass. Rejects with what is wrong, in a sentence's part. */
export async function passingInstances(query: Query, options: AskOptions): Promise<Found> {
  const { index, waitSeconds, signal, refuses } = options;
  const { secure, host, port } = agentOf(query.address);
  const search = new URLSearchParams({ dc: query.datacenter, passing: '1' });
  if (index > 0) {
    search.set('index', String(index));
    search.set('wait', `${waitSeconds}s`);
  }
  const { headers, text } = await get({
    host,
    port,
    path: `/v1/health/service/${encodeURIComponent(query.service)}?${search.toString()}`,
    signal,
    timeout: waitSeconds * 1_000 + GRACE,
    lookup: elsewhere(refuses),
  }, { secure, refuses });
  return {
    index: Math.max(0, Number.parseInt(headers['x-consul-index']?.toString() ?? '0', 10) || 0),
    endpoints: endpointsIn(JSON.parse(text) as unknown),
  };
}

function agentOf(
  address: string,
): { readonly secure: boolean; readonly host: string; readonly port: number } {
  const url = new URL(address.includes('://') ? address : `http://${address}`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Error(`${address} is no address of Consul`);
  }
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return { secure, host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

interface Raw {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function get(
  options: RequestOptions,
  { secure, refuses }: { readonly secure: boolean; readonly refuses: (address: string) => boolean },
): Promise<Raw> {
  const host = options.host ?? '';
  if (isIP(host) !== 0 && refuses(host)) return Promise.reject(new Error(LOCAL));
  return new Promise((resolve, reject) => {
    const request = (secure ? httpsRequest : httpRequest)({ ...options, agent: false }, (response) => {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      response.on('data', (chunk: Uint8Array) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) request.destroy(new Error('the answer is too long'));
        chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) {
          return reject(new Error(`Consul answers with status ${response.statusCode}`));
        }
        resolve({ headers: response.headers, text: Buffer.concat(chunks).toString() });
      });
    });
    request.on('timeout', () => request.destroy(new Error('Consul does not answer')));
    request.on('error', reject);
    request.end();
  });
}

const LOCAL = 'its address is one of the controller itself';

/** Looks a name up, and takes no address that is refused: whoever writes a resolver does not choose whom the controller asks. */
function elsewhere(refuses: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const found = error === null ? addresses.filter(({ address }) => !refuses(address)) : [];
      const [first] = found;
      if (first === undefined) return callback(error ?? new Error(LOCAL), '', 4);
      if (options.all === true) return callback(null, found);
      callback(null, first.address, first.family);
    });
  };
}

/** A service without an address of its own is at that of its node. */
function endpointsIn(body: unknown): Answer['endpoints'] {
  if (!Array.isArray(body)) throw new Error('Consul answers with no list');
  return body.flatMap((entry: unknown) => {
    const { Service: service, Node: node } = entry as {
      readonly Service?: { readonly Address?: unknown; readonly Port?: unknown };
      readonly Node?: { readonly Address?: unknown };
    };
    const address = service?.Address === undefined || service.Address === ''
      ? node?.Address
      : service.Address;
    const port = service?.Port;
    const usable = typeof address === 'string' && isIP(address) !== 0 && typeof port === 'number' &&
      Number.isInteger(port) && port > 0 && port < 65_536;
    return usable ? [{ address, port }] : [];
  });
}
