import { stripVTControlCharacters } from 'node:util';

import { type Io, paint } from './io.ts';

/**
 * Rows below a heading: aligned columns on a terminal, else fields separated by tabs for `cut` and `awk`. Control
 * characters of the fields other than colours are the caller's to keep out.
 */
export function table(io: Io, heading: readonly string[], rows: readonly (readonly string[])[]): string {
  if (!io.terminal) return [heading, ...rows].map((row) => `${row.join('\t')}\n`).join('');
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => widthOf(row[column] ?? '')))
  );
  const line = (row: readonly string[]): string =>
    row.map((field, column) =>
      column === row.length - 1 ? field : field + ' '.repeat((widths[column] ?? 0) - widthOf(field) + 2)
    ).join('').trimEnd();
  return [line(heading.map((title) => paint(io, 'bold', title))), ...rows.map(line)].map((text) =>
    `${text}\n`
  ).join('');
}

function widthOf(field: string): number {
  return stripVTControlCharacters(field).length;
}
