/** Standalone mode as tests drive it: manifests in, requests through a real Envoy, answers and statuses out. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Condition } from '../../lib/api/condition.ts';
import { type Running, runStandalone } from '../../controllers/run.ts';
import { type Settings } from '../../controllers/settings.ts';
import { type Echo, type EchoOptions, startEcho } from '../../lib/echo/mod.ts';
import { findEnvoy } from '../../lib/proxy/binary.ts';
import { freePort } from '../../lib/testing/free-port.ts';
import { createLogger, type Logger } from '../../lib/telemetry/log.ts';

export interface StandaloneOptions {
  /** Manifests by file name. `{port:NAME}` becomes a free port, the same for each NAME; `{echo:NAME}` the port of an echo. */
  readonly files: Readonly<Record<string, string>>;
  /** How echoes are started that are no plain ones, by name. */
  readonly echoes?: Readonly<Record<string, Omit<EchoOptions, 'name'>>>;
  readonly settings?: Partial<Settings>;
  /** See the option of `runStandalone`. */
  readonly listenerDrainMs?: number;
  /** Each line of Envoy's standard output. */
  readonly onAccess?: (line: string) => void;
  /** Silent unless told. */
  readonly log?: Logger;
}

/** A running Dragoman with its own folder, echo backends and Envoy. */
export class Standalone implements AsyncDisposable {
  readonly running: Running;
  readonly #directory: string;
  readonly #ports: Ports;

  private constructor(running: Running, directory: string, ports: Ports) {
    this.running = running;
    this.#directory = directory;
    this.#ports = ports;
  }

  /** Resolves when Envoy runs the first configuration. */
  static async start(
    { files, echoes = {}, settings = {}, log, ...more }: StandaloneOptions,
  ): Promise<Standalone> {
    const directory = mkdtempSync(join(tmpdir(), 'dragoman-test-'));
    const ports = new Ports(echoes);
    try {
      for (const [name, text] of Object.entries(files)) {
        writeFileSync(join(directory, name), await ports.fill(text));
      }
      const running = await runStandalone({
        path: directory,
        settings: {
          mode: 'standalone',
          bind: '127.0.0.1',
          privilegedPortShift: 0,
          allowLocalBackends: true,
          ...settings,
        },
        statusAddress: { host: '127.0.0.1', port: 0 },
        envoy: findEnvoy(),
        concurrency: 1,
        ...more,
        log: log ?? createLogger({ format: 'json', level: 'silent' }),
        version: 'test',
      });
      await running.ready;
      return new Standalone(running, directory, ports);
    } catch (error) {
      await ports.close();
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** The port that `{port:NAME}` stands for. */
  port(name: string): number {
    return this.#ports.port(name);
  }

  echo(name: string): Echo {
    return this.#ports.echo(name);
  }

  /** Writes a file of the folder, as an editor would; nobody waits for its effect. */
  async write(name: string, text: string): Promise<void> {
    writeFileSync(join(this.#directory, name), await this.#ports.fill(text));
  }

  remove(name: string): void {
    rmSync(join(this.#directory, name));
  }

  /** The status of an object such as `HTTPRoute/default/web`. */
  status(key: string): unknown {
    return this.running.dataflow.statuses.get(key)?.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.stop();
    await this.#ports.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** A condition of a status, or of one of its listeners, parents or ancestors. */
export function conditionOf(status: unknown, type: string): Condition | undefined {
  return (status as { conditions?: readonly Condition[] } | undefined)?.conditions?.find((each) =>
    each.type === type
  );
}

/** Free ports and echo backends by name, made when first named. */
class Ports {
  readonly #ports = new Map<string, number>();
  readonly #echoes = new Map<string, Echo>();
  readonly #options: NonNullable<StandaloneOptions['echoes']>;

  constructor(options: NonNullable<StandaloneOptions['echoes']>) {
    this.#options = options;
  }

  async fill(text: string): Promise<string> {
    for (const [, kind, name = ''] of text.matchAll(/\{(port|echo):([\w-]+)\}/g)) {
      if (kind === 'port' && !this.#ports.has(name)) this.#ports.set(name, await freePort());
      if (kind === 'echo' && !this.#echoes.has(name)) {
        this.#echoes.set(name, await startEcho({ ...this.#options[name], name }));
      }
    }
    return text.replaceAll(
      /\{(port|echo):([\w-]+)\}/g,
      (_, kind: string, name: string) => String(kind === 'port' ? this.port(name) : this.echo(name).port),
    );
  }

  port(name: string): number {
    const port = this.#ports.get(name);
    if (port === undefined) throw new Error(`no manifest names {port:${name}}`);
    return port;
  }

  echo(name: string): Echo {
    const echo = this.#echoes.get(name);
    if (echo === undefined) throw new Error(`no manifest names {echo:${name}}`);
    return echo;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#echoes.values()].map((echo) => echo.close()));
  }
}
