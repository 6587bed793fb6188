import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import { build } from 'pino-pretty';

export type Logger = PinoLogger;
export type LogFormat = 'json' | 'pretty';
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** Where lines go; stderr by default, so that a command's own output stays clean. */
  readonly destination?: DestinationStream;
}

/**
 * Structured logs: constant messages, values as keys. Values are escaped by the formatter, so no object can forge a line.
 */
export function createLogger(options: LogOptions): Logger {
  const destination = options.destination ?? pino.destination({ dest: 2, sync: true });
  const stream = options.format === 'pretty'
    ? build({
      colorize: process.stderr.isTTY && process.env['NO_COLOR'] === undefined,
      sync: true,
      destination,
      messageFormat: (log, key) => printable(String(log[key])),
    })
    : destination;
  return pino({
    level: options.level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  }, stream);
}

/** Messages name what users wrote, and Envoy's span lines; a terminal obeys control characters. */
function printable(message: string): string {
  return message.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    if (character === '\n') return String.raw`\n`;
    return String.raw`\u` + character.charCodeAt(0).toString(16).padStart(4, '0');
  });
}
