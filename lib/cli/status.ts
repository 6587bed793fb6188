import { Command } from 'commander';

import type { AnyObject, Condition } from '../api/mod.ts';
import { formatSource } from '../files/problem.ts';
import type { Evaluation } from './evaluate.ts';
import { count, formatCounts, plural, printable } from './findings.ts';
import { type ExitCode, exitCode, type Io, paint } from './io.ts';
import { outputOption } from './options.ts';
import { addReadOptions, type ReadOptions, settingsOf } from './settings.ts';
import { table } from './table.ts';
import { yaml } from './translate.ts';

interface StatusOptions extends ReadOptions {
  readonly output: 'table' | 'yaml' | 'json';
}

/** What Kubernetes requires in a condition and files cannot tell; upstream's own default. */
const noTime = '1970-01-01T00:00:00Z';

export async function status(io: Io, path: string, options: StatusOptions): Promise<ExitCode> {
  const { evaluate } = await import('./evaluate.ts');
  const evaluation = await evaluate(path, settingsOf(options), io);
  if (options.output === 'table') io.out(statusTable(io, evaluation));
  else {
    const list = { apiVersion: 'v1', kind: 'List', items: objectsWithStatus(evaluation) };
    io.out(options.output === 'json' ? `${JSON.stringify(list, null, 2)}\n` : yaml(list));
  }
  const counts = count(evaluation.findings);
  if (evaluation.folder.files().length === 0) {
    io.err(`${path} has no manifests: nothing ends in .yaml, .yml or .json\n`);
  }
  if (counts.errors + counts.warnings > 0) {
    io.err(`${formatCounts(counts)}: see "dragoman validate ${path}"\n`);
  }
  return exitCode.ok;
}

/** The objects that have a status, as the API server would answer them. Secrets have none, so none is shown. */
function objectsWithStatus({ folder, dataflow }: Evaluation): unknown[] {
  return sorted(folder.objects()).flatMap((object) => {
    const { key, apiVersion, kind, metadata, ...rest } = object;
    const found = dataflow.statuses.get(`${kind}/${key}`);
    if (found === undefined) return [];
    return [{ apiVersion, kind, metadata, ...rest, status: withTimes(found.status) }];
  });
}

function withTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimes);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
    .map(([name, field]) => [name, withTimes(field)] as const);
  const isCondition = 'type' in value && 'status' in value && 'reason' in value;
  return Object.fromEntries(isCondition ? [...fields, ['lastTransitionTime', noTime]] : fields);
}

/** The part of an object that conditions are about: itself, a listener, or a parent. */
interface Part {
  readonly name: string;
  readonly conditions: readonly Condition[];
}

interface AnyStatus {
  /** Of legacy resources. */
  readonly state?: string;
  readonly reason?: string;
  readonly errorReason?: string;
  readonly conditions?: readonly Condition[];
  readonly listeners?: readonly {
    readonly name: string;
    readonly attachedRoutes?: number;
    readonly conditions: readonly Condition[];
  }[];
  readonly parents?: readonly { readonly parentRef: Reference; readonly conditions: readonly Condition[] }[];
  readonly ancestors?: readonly {
    readonly ancestorRef: Reference;
    readonly conditions: readonly Condition[];
  }[];
}

interface Reference {
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly sectionName?: string | undefined;
}

function statusTable(io: Io, { folder, dataflow, locate }: Evaluation): string {
  const written = sorted(folder.objects());
  const ids = new Set(written.map(({ kind, key }) => `${kind}/${key}`));
  // Resources of annotations are no objects, and those that are made up are nowhere.
  const others = dataflow.statuses.values().filter(({ key }) => !ids.has(key)).map(({ object }) => ({
    kind: object.kind,
    key: `${object.namespace}/${object.name}`,
  }));
  const rows = [...written, ...others].flatMap((object) => {
    const id = `${object.kind}/${object.key}`;
    const found = dataflow.statuses.get(id);
    if (found === undefined) return [];
    // What cannot be decoded is no object, but something is wrong with it somewhere.
    const source = locate(object) ?? folder.problems().find((problem) => problem.object === id);
    return partsOf(found.status as AnyStatus).map(({ name, conditions }) => [
      object.kind,
      object.key,
      name,
      verdict(io, conditions),
      source === undefined ? '' : formatSource({ file: source.file, line: source.line, column: undefined }),
      printable(conditions.filter(isBad).map(({ message }) => message).join(' '), false),
    ]);
  });
  return table(io, ['KIND', 'NAME', 'PART', 'STATUS', 'SOURCE', 'MESSAGE'], rows);
}

function partsOf(status: AnyStatus): Part[] {
  const parts: Part[] = [];
  if (status.state !== undefined) {
    // What is wrong with a state is among the conditions, too, and is told once.
    const errors = status.conditions?.filter(isBad) ?? [];
    const state = stateOf(status, status.state);
    parts.push({ name: '-', conditions: isBad(state) ? [state] : [state, ...errors] });
  } else if (status.conditions !== undefined) parts.push({ name: '-', conditions: status.conditions });
  for (const { name, attachedRoutes = 0, conditions } of status.listeners ?? []) {
    parts.push({ name: `listener ${name} (${plural(attachedRoutes, 'route')})`, conditions });
  }
  for (const { parentRef, conditions } of status.parents ?? []) {
    parts.push({ name: `parent ${nameOf(parentRef)}`, conditions });
  }
  for (const { ancestorRef, conditions } of status.ancestors ?? []) {
    parts.push({ name: `ancestor ${nameOf(ancestorRef)}`, conditions });
  }
  return parts.length > 0 ? parts : [{ name: '-', conditions: [] }];
}

/** The state of a legacy resource, as a condition would tell it. */
function stateOf({ reason, errorReason }: AnyStatus, state: string): Condition {
  const message = reason ?? errorReason;
  const good = message === undefined;
  return {
    type: good ? state : 'State',
    status: good ? 'True' : 'False',
    reason: state,
    message: message ?? '',
    observedGeneration: 0,
  };
}

function nameOf({ namespace, name, sectionName }: Reference): string {
  return `${namespace === undefined ? '' : `${namespace}/`}${name}${
    sectionName === undefined ? '' : `#${sectionName}`
  }`;
}

function verdict(io: Io, conditions: readonly Condition[]): string {
  const bad = conditions.filter(isBad).map(({ type, status, reason }) => `${type}=${status} (${reason})`);
  if (bad.length > 0) return paint(io, 'red', bad.join(', '));
  const good = conditions.filter(({ status }) => status === 'True').map(({ type }) => type);
  return good.length === 0 ? paint(io, 'dim', 'not used') : paint(io, 'green', good.join(', '));
}

/** Conditions whose `True` is the bad news. */
const negative = new Set([
  'Conflicted',
  'OverlappingTLSConfig',
  'PartiallyInvalid',
  'InsecureFrontendValidationMode',
]);

function isBad({ type, status }: Condition): boolean {
  return negative.has(type) ? status === 'True' : status !== 'True';
}

const order = ['GatewayClass', 'Gateway', 'ListenerSet'];

/** Gateways before what hangs on them, else by kind and name. */
function sorted(objects: readonly AnyObject[]): AnyObject[] {
  const rank = ({ kind }: AnyObject): string =>
    `${order.includes(kind) ? order.indexOf(kind) : order.length}${kind}`;
  return objects.toSorted((a, b) => {
    const [left, right] = [`${rank(a)}/${a.key}`, `${rank(b)}/${b.key}`];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}

export function statusCommand(io: Io, done: (code: ExitCode) => void): Command {
  return addReadOptions(new Command('status'))
    .summary('show what the gateways and routes would report')
    .description(
      'Shows the status that the objects would have in Kubernetes once a proxy runs them. Nothing is started; a running ' +
        'Dragoman tells its own at its status address.',
    )
    .argument('<dir>', 'folder or file of manifests, or - for standard input')
    .addOption(outputOption('table', 'yaml', 'json'))
    .addHelpText(
      'after',
      `
Examples:
  dragoman status manifests/
  dragoman status -o yaml manifests/
  dragoman status manifests/ | cut -f 2,4

Exit codes: 0 shown, 1 nothing readable, 2 wrong usage.`,
    )
    .action(async (path: string, options: StatusOptions) => done(await status(io, path, options)));
}
