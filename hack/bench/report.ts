/** The benchmark's results as text. */

import { type Bar, changeOf, count, missed, named } from './bars.ts';
import type { ScenarioResult } from './measure.ts';
import type { Contender } from './stand.ts';

const NAMES: Readonly<Record<Contender, string>> = {
  dragoman: 'Dragoman',
  rds: 'floor, RDS',
  vhds: 'floor, VHDS',
};

export function scenarioTable(result: ScenarioResult): string {
  const { cold, changes, memory } = result;
  const coldRows = cold.map(({ contender, ...of }) => [
    NAMES[contender],
    contender === 'dragoman' ? fixed(of.decode, 0) : '',
    contender === 'dragoman' ? fixed(of.commit, 0) : '',
    fixed(of.served, 0),
    fixed(of.bytesPerHost, 0),
    megabytes(of.memory.rss),
    megabytes(of.memory.heap),
    megabytes(of.memory.peakRss),
    megabytes(of.envoyMemory),
  ]);
  const changeRows = changes.map(({ change, contender, own, served, cpu }) => [
    change,
    NAMES[contender],
    ...[own.p50, own.p99, own.max, served.p50, served.p99, served.max, cpu].map((ms) => fixed(ms, 2)),
  ]);
  return [
    `── ${named(result)}, ${changes[0]?.own.count ?? 0} samples of each change`,
    '',
    table(
      [
        'cold load',
        'decode ms',
        'commit ms',
        'served ms',
        'host bytes',
        'RSS MB',
        'heap MB',
        'peak MB',
        'Envoy MB',
      ],
      coldRows,
    ),
    '',
    table(
      [
        'one change of',
        'by',
        'own p50 ms',
        'p99',
        'max',
        'served p50 ms',
        'p99',
        'max',
        'CPU ms',
      ],
      changeRows,
      2,
    ),
    '',
    `Controller after all changes: resident ${megabytes(memory.rss)} MB (at most ${
      megabytes(memory.peakRss)
    } MB so far), ` +
    `live heap ${megabytes(memory.heap)} MB and ${megabytes(memory.external)} MB beside it.`,
    '',
  ].join('\n');
}

/** How the controller's own share grows with the number of routes: nothing if only one number was measured. */
export function scaling(results: readonly ScenarioResult[]): string {
  const lines: string[] = [];
  for (const layout of ['own-hostnames', 'one-hostname'] as const) {
    const of = results.filter((result) => result.layout === layout && result.streams === 0)
      .sort((a, b) => a.routes - b.routes);
    const [least, most] = [of[0], of.at(-1)];
    if (least === undefined || most === undefined || least === most) continue;
    lines.push(`From ${count(least.routes)} to ${count(most.routes)} routes, ${layout}, p50 of Dragoman:`);
    const rows = most.changes.filter(({ contender }) => contender === 'dragoman').map((last) => {
      const first = changeOf(least, last.change, 'dragoman');
      return [
        last.change,
        ratio(last.own.p50, first?.own.p50),
        ratio(last.served.p50, first?.served.p50),
        ratio(last.cpu, first?.cpu),
      ];
    });
    lines.push(table(['one change of', 'own share ×', 'served ×', 'CPU ×'], rows), '');
  }
  return lines.join('\n');
}

export function barTable(bars: readonly Bar[]): string {
  const rows = bars.map((bar) => [
    bar.what,
    bar.measured === undefined ? '' : `${fixed(bar.measured, 2)} ${bar.unit}`,
    `${bar.limit} ${bar.unit}`,
    bar.measured === undefined ? 'not measured' : missed(bar) ? 'MISSED' : 'kept',
  ]);
  return table(['bar', 'measured', 'at most', ''], rows);
}

/** Columns as wide as their widest cell; all but the first `left` to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], left = 1): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column < left ? cell.padEnd(width) : cell.padStart(width);
    }).join('  ').trimEnd()
  ).join('\n');
}

function ratio(last: number, first: number | undefined): string {
  return first === undefined ? '' : fixed(last / first, 2);
}

export function megabytes(bytes: number): string {
  return fixed(bytes / 1e6, 0);
}

export function fixed(number: number, digits: number): string {
  return Number.isNaN(number) ? '–' : number.toFixed(digits);
}
