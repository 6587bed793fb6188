import { type ChildProcess, spawn } from 'node:child_process';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** The command line's entry. */
export const main: string = fileURLToPath(new URL('../main.ts', import.meta.url));

/** The folder of the examples. */
export const examples: string = fileURLToPath(new URL('../../../manifests/examples', import.meta.url));

/** A process that prints. */
export interface Child {
  readonly process: ChildProcess;
  readonly output: () => string;
  /** Resolves when the output has this; rejects if it does not within a minute, or the process ends. */
  readonly says: (text: RegExp) => Promise<RegExpExecArray>;
  readonly exited: Promise<number | null>;
}

export function start(t: TestContext, command: readonly string[]): Child {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const check of waiting) check();
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  t.after(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  function says(text: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        waiting.delete(check);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`no ${text} in:\n${output}`));
      }, 60_000);
      function check(): void {
        const found = text.exec(output);
        if (found === null) return;
        end();
        resolve(found);
      }
      waiting.add(check);
      check();
      child.once('close', () => {
        end();
        reject(new Error(`ended without ${text}:\n${output}`));
      });
    });
  }
  return { process: child, output: () => output, says, exited };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: string;
}

/** `fetch` sends no Host header of one's own. */
export function get(
  url: string,
  host: string,
  options: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {} } = options;
    const sent = request(url, { method, headers: { ...headers, host } }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** The name of the echo backend that answered. */
export function answeredBy({ body }: Answer): string {
  return (JSON.parse(body) as { name: string }).name;
}
