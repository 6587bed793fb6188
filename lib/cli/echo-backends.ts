import { ENDPOINTS_ANNOTATION, parseEndpoints } from '../../controllers/service/endpoints-annotation.ts';
import type { Service } from '../api/mod.ts';
import { type Echo, startEcho } from '../echo/mod.ts';
import { CommandError } from './io.ts';
import { listenProblem } from './listen-problem.ts';
import { formatHostPort } from './options.ts';

interface Wanted {
  readonly name: string;
  readonly service: string;
  readonly host: string;
  readonly port: number;
}

/** Echo backends in the place of those that Services name on loopback addresses by annotation. */
export class EchoBackends {
  readonly #running = new Map<string, Echo>();

  /** Starts what is missing. Throws a `CommandError` that names each Service whose address is taken. */
  async start(services: readonly Service[]): Promise<void> {
    const problems: string[] = [];
    for (const { name, service, host, port } of services.flatMap(wantedBy)) {
      const address = formatHostPort({ host, port });
      if (this.#running.has(address)) continue;
      try {
        this.#running.set(address, await startEcho({ name, host, port }));
      } catch (error) {
        const flag = `the annotation ${ENDPOINTS_ANNOTATION}`;
        problems.push(`echo backend of Service ${service}: ${listenProblem(error, { host, port }, flag)}`);
      }
    }
    if (problems.length === 0) return;
    await this.close();
    throw new CommandError(problems.join('\n'));
  }

  /** Their names and addresses. */
  list(): readonly Echo[] {
    return [...this.#running.values()];
  }

  async close(): Promise<void> {
    const echoes = this.list();
    this.#running.clear();
    await Promise.all(echoes.map((echo) => echo.close()));
  }
}

/** An endpoint is called as its Service, with a number if there are several. */
function wantedBy({ key, metadata }: Service): Wanted[] {
  const { endpoints } = parseEndpoints(metadata.annotations?.[ENDPOINTS_ANNOTATION] ?? '');
  const local = endpoints.filter(({ address }) => address === '::1' || address.startsWith('127.'));
  return local.map(({ address, port }, index) => ({
    name: local.length === 1 ? metadata.name : `${metadata.name}-${index + 1}`,
    service: key,
    host: address,
    port,
  }));
}
