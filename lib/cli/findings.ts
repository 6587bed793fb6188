import type { Folder } from '../files/mod.ts';
import type { Evaluation } from './evaluate.ts';
import { describeProblem, type FileProblem, formatSource } from '../files/problem.ts';
import { describe, type Diagnostic } from '../model/origin.ts';
import { type Io, paint } from './io.ts';

/** One thing that is wrong with the manifests, from whichever part found it. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** `Kind/namespace/name`. */
  readonly object?: string | undefined;
  readonly field: string;
  /** A condition's reason, where there is one. */
  readonly code?: string | undefined;
  readonly message: string;
  readonly expected?: string | undefined;
  readonly fix?: string | undefined;
}

type Locate = Evaluation['locate'];

/** Problems of the files and diagnostics of the graph, in the order of files and lines. */
export function findingsOf(
  { folder, locate }: { readonly folder: Folder; readonly locate: Locate },
  diagnostics: readonly Diagnostic[],
): Finding[] {
  return [...folder.problems().map(ofProblem), ...diagnostics.map((found) => ofDiagnostic(locate, found))]
    .sort(byPlace);
}

function ofProblem(problem: FileProblem): Finding {
  const { severity, file, line, column, object, field, message, expected } = problem;
  return { severity, file, line, column, object, field, message, expected };
}

function ofDiagnostic(
  locate: Locate,
  { object, severity, code, field, message, fix }: Diagnostic,
): Finding {
  const key = object.namespace === '' ? object.name : `${object.namespace}/${object.name}`;
  const source = locate({ kind: object.kind, key, field });
  return { severity, ...source, object: describe(object), field, code, message, fix };
}

function byPlace(a: Finding, b: Finding): number {
  const [fileA, fileB] = [a.file ?? '', b.file ?? ''];
  if (fileA !== fileB) return fileA < fileB ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

const colours = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

/** `file:line:column: error: Kind/namespace/name: field message; expected ...`, and the fix on a line of its own. */
export function formatFinding(io: Io, finding: Finding): string {
  const { file, severity, object, field, message, expected, fix } = finding;
  const place = file === undefined ? '' : `${paint(io, 'bold', formatSource({ ...finding, file }))}: `;
  const name = object === undefined ? '' : `${object}: `;
  // Messages of the graph are sentences of their own; those of the files read on after the field.
  const said = finding.code === undefined
    ? describeProblem({ field, message, expected })
    : `${field === '' ? '' : `${field}: `}${message}`;
  const text = printable(`${paint(io, colours[severity], severity)}: ${name}${said}`, io.colour);
  return `${place}${text}\n${fix === undefined ? '' : `    ${printable(fix, false)}\n`}`;
}

/** What manifests say must not drive the terminal. */
export function printable(text: string, coloured: boolean): string {
  const keep = coloured ? '\\u001b' : '';
  return text.replaceAll(new RegExp(`[^\\P{Cc}${keep}]`, 'gu'), ' ');
}

export interface Counts {
  readonly errors: number;
  readonly warnings: number;
}

export function count(findings: readonly Finding[]): Counts {
  return {
    errors: findings.filter(({ severity }) => severity === 'error').length,
    warnings: findings.filter(({ severity }) => severity === 'warning').length,
  };
}

/** `2 errors, 1 warning`. */
export function formatCounts({ errors, warnings }: Counts): string {
  return [plural(errors, 'error'), ...(warnings > 0 ? [plural(warnings, 'warning')] : [])].join(', ');
}

export function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
