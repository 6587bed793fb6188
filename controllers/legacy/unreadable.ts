/** Legacy resources that cannot be decoded: their statuses say so, and what they guard stays closed. */

import { formatPath, type KubeObject, type Unreadable } from '../../lib/api/mod.ts';
import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { Diagnostic, ObjectRef } from '../../lib/model/mod.ts';
import type { ObjectCollections } from '../inputs.ts';
import type { AccessResult } from './access.ts';
import type { AuthSource } from './auth.ts';
import type { Judged } from './conditions.ts';

/** Its status, which says whether what it was before still counts. */
export function unreadableJudged(broken: Unreadable, isKept: boolean): Judged {
  const { key, object, generation, problems } = broken;
  const errors = problems.filter(({ severity }) => severity === 'error').map((problem): Diagnostic => {
    const { path, message, expected } = problem;
    const field = path.length === 0 ? '' : `${formatPath(path)} `;
    const said = `${field}${message}${expected === undefined ? '' : `; expected ${expected}`}.`;
    return { object, severity: 'error', code: 'Invalid', field: '', message: said };
  });
  const kept: Diagnostic = {
    object,
    severity: 'error',
    code: 'Invalid',
    field: '',
    message: 'What it was before counts until it is mended.',
  };
  const all = isKept ? [...errors, kept] : errors;
  const reason = all.map(({ message }) => message).join(' ');
  return { key, object, generation, ...stateOf(object.kind, reason), errors: all };
}

function stateOf(kind: string, reason: string): Pick<Judged, 'state'> {
  if (kind === 'Mapping') return { state: { state: 'Inactive', reason } };
  if (kind === 'Host') return { state: { state: 'Error', errorReason: reason } };
  return {};
}

/** Whether an object of this name was right before, and still counts. */
export function isKept(
  { key, object: { kind } }: Unreadable,
  fetch: Fetch,
  objects: ObjectCollections,
): boolean {
  const input = (objects as Readonly<Record<string, Collection<KubeObject> | undefined>>)[kind];
  return input !== undefined && fetch.one(input, key.slice(kind.length + 1)) !== undefined;
}

/** An AuthService that nobody can ask is one all the same: to ignore it would let everything through. */
export function unreadableAuth({ key, object }: Unreadable): AuthSource | undefined {
  if (object.kind === 'AuthService') return { key, object, path: 'spec' };
  return isModule(object, 'authentication') ? { key, object, path: 'spec.config' } : undefined;
}

/** What keeps requests out. */
const GUARDS = ['ip_allow', 'ip_deny', 'lua_scripts'];
const NOTHING = new Set(['null', '""', '[]']);

/** Nobody may come in if the Module says who may, but not so that it can be understood. */
export function unreadableAccess({ key, object, spec }: Unreadable): AccessResult | undefined {
  if (!isModule(object, 'ambassador')) return undefined;
  const { config } = Object(spec) as { readonly config?: unknown };
  const said = Object(config) as Readonly<Record<string, unknown>>;
  const guards = GUARDS.some((name) => !NOTHING.has(JSON.stringify(said[name] ?? null)));
  return guards ? { key, origin: object, diagnostics: [] } : undefined;
}

function isModule({ kind, name: its }: ObjectRef, name: string): boolean {
  return kind === 'Module' && its === name;
}
