import process from 'node:process';
import { isatty } from 'node:tty';
import { styleText } from 'node:util';

/** What a command reads and writes; tests give their own. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether `out` is a terminal: tables are aligned only there. */
  readonly terminal: boolean;
  /** Whether colours are wanted on it. */
  readonly colour: boolean;
  /** Of standard input; the process's own unless given. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  /** Ends commands that run until they are told to stop. */
  readonly signal?: AbortSignal | undefined;
}

/** How commands end. Each `--help` says so, too. */
export const exitCode = {
  ok: 0,
  /** The manifests have errors, or the command could not do its work. */
  failed: 1,
  /** The command line was not understood. */
  usage: 2,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** What keeps a command from its work, in words for the user, who sees no stack. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
}

export type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim';

export function paint(io: Io, style: Style, text: string): string {
  return io.colour ? styleText(style, text, { validateStream: false }) : text;
}

/** The process's own streams; colours as NO_COLOR and FORCE_COLOR say. */
export function processIo(): Io {
  const { env, stdout, stderr } = process;
  const terminal = isatty(1);
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    terminal,
    colour: (env['NO_COLOR'] ?? '') === '' && (terminal || forced) && env['TERM'] !== 'dumb',
  };
}
