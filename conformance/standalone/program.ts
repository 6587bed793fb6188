import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../lib/testing/free-port.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface ProgramOptions {
  readonly runtime?: 'node' | 'deno';
  readonly env?: Readonly<Record<string, string>>;
  /** Manifests by file name; `{port}` becomes the port of `Program.port`. */
  readonly files: Readonly<Record<string, string>>;
}

/** `dragoman run` as a process of its own. */
export class Program implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly port: number;
  readonly #directory: string;
  readonly #exited: Promise<number | null>;
  #output = '';

  private constructor(child: ChildProcess, place: { readonly port: number; readonly directory: string }) {
    this.child = child;
    this.port = place.port;
    this.#directory = place.directory;
    this.#exited = new Promise((resolve) => child.once('exit', resolve));
    const collect = (chunk: Uint8Array): void => {
      this.#output += Buffer.from(chunk).toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
  }

  /** Resolves when it says that it is ready. */
  static async start({ runtime = 'node', env = {}, files }: ProgramOptions): Promise<Program> {
    const directory = mkdtempSync(join(tmpdir(), 'dragoman-program-'));
    const port = await freePort();
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(directory, name), text.replaceAll('{port}', String(port)));
    }
    const main = join(ROOT, 'lib/cli/main.ts');
    const args = ['run', directory, '--echo', '--concurrency', '1', '--status-address', '127.0.0.1:0'];
    const child = runtime === 'deno'
      ? spawn(join(ROOT, 'node_modules/.bin/deno'), ['run', '-A', main, ...args], {
        env: { ...process.env, ...env },
        cwd: ROOT,
      })
      : spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env }, cwd: ROOT });
    const program = new Program(child, { port, directory });
    await program.#ready();
    return program;
  }

  get output(): string {
    return this.#output;
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.#directory, name), text.replaceAll('{port}', String(this.port)));
  }

  /** Resolves with the exit code, null after a signal. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.child.kill('SIGTERM');
        reject(new Error(`not ready: ${this.#output}`));
      }, 60_000);
      this.child.stdout?.on('data', () => {
        if (!this.#output.includes('ready')) return;
        clearTimeout(timer);
        resolve();
      });
      this.child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`ended with ${code}: ${this.#output}`));
      });
    });
  }
}
