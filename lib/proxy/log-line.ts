export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** One line of Envoy's own log. */
export interface LogRecord {
  readonly level: LogLevel;
  /** Envoy's component, such as `upstream` or `config`; `stderr` for lines that its logger did not write. */
  readonly component: string;
  readonly message: string;
}

/** For `--log-format`: one record a line together with `--log-format-escaped`. */
export const LOG_FORMAT = '[%l][%n] %v';

const LEVELS: Readonly<Record<string, LogLevel>> = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  error: 'error',
  critical: 'fatal',
};

/** A line that is not in `LOG_FORMAT` (an allocator's, a library's) is a warning. */
export function parseLogLine(line: string): LogRecord {
  const [, name, component, message] = /^\[([a-z]+)\]\[([^\]]*)\] (.*)$/.exec(line) ?? [];
  const level = LEVELS[name ?? ''];
  if (level === undefined || component === undefined || message === undefined) {
    return { level: 'warn', component: 'stderr', message: line };
  }
  return { level, component, message: unescaped(message) };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Undoes C's escapes; what is not ASCII comes as the octal bytes of UTF-8. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/(?:\\[0-7]{3})+|\\(.)/g, (escape, letter: string | undefined) => {
    if (letter !== undefined) return ESCAPES[letter] ?? letter;
    const bytes = escape.split('\\').slice(1).map((octal) => Number.parseInt(octal, 8));
    return new TextDecoder().decode(Uint8Array.from(bytes));
  });
}

/** Cuts chunks into lines; `flush()` gives the last one, which may lack its end. */
export class LineSplitter {
  #rest = '';
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#emit(line);
  }

  flush(): void {
    this.#emit(this.#rest);
    this.#rest = '';
  }

  #emit(line: string): void {
    if (line !== '') this.#onLine(line);
  }
}
