import { createServer, type ServerResponse } from 'node:http';
import { type Place, serveHttp } from './serve-http.ts';

/** An agent of Consul as far as services are asked for, with blocking queries. */
export interface Consul extends AsyncDisposable {
  readonly port: number;
  /** Paths with queries, as they were asked. */
  readonly asked: readonly string[];
  /** Questions about a service get no answer until it is set. */
  hold(service: string): void;
  /** Says which ports of this machine, or other places, a service has from now on. */
  set(service: string, instances: readonly (number | Place)[]): void;
  /** Answers with 500 until it is told otherwise. */
  fail(fails: boolean): void;
}

interface Waiting {
  readonly service: string;
  readonly response: ServerResponse;
}

export async function startConsul(place?: Place): Promise<Consul> {
  const services = new Map<string, readonly (number | Place)[]>();
  const held = new Set<string>();
  const asked: string[] = [];
  let waiting: Waiting[] = [];
  let index = 10;
  let failing = false;

  const answer = ({ service, response }: Waiting): void => {
    const entries = (services.get(service) ?? []).map((instance) => {
      const { host, port } = typeof instance === 'number' ? { host: '', port: instance } : instance;
      return {
        Node: { Node: 'here', Address: '127.0.0.1' },
        Service: { Service: service, Address: host, Port: port },
        Checks: [{ Status: 'passing' }],
      };
    });
    response.setHeader('x-consul-index', String(index));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(entries));
  };
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const url = new URL(request.url ?? '', 'http://consul');
    const service = /^\/v1\/health\/service\/([^/]+)$/.exec(url.pathname)?.[1];
    if (service === undefined || failing) {
      response.statusCode = failing ? 500 : 404;
      response.end();
      return;
    }
    const since = Number(url.searchParams.get('index') ?? 0);
    if (since < index && !held.has(service)) return answer({ service, response });
    waiting.push({ service, response });
  });
  const serving = await serveHttp(server, place);
  const change = (): void => {
    index++;
    const all = waiting;
    waiting = all.filter(({ service }) => held.has(service));
    for (const each of all) {
      if (held.has(each.service)) continue;
      if (failing) each.response.destroy();
      else answer(each);
    }
  };
  return {
    ...serving,
    asked,
    hold(service) {
      held.add(service);
    },
    set(service, instances) {
      held.delete(service);
      services.set(service, instances);
      change();
    },
    fail(fails) {
      failing = fails;
      change();
    },
  };
}
