import { z } from 'zod';

/** A place inside a value. */
export type Path = readonly (string | number)[];

/** What a check stands for in an upstream CRD; `hack/check-crds.ts` compares it with the CRD. */
export interface Constraint {
  /** The first 8 hex digits of the SHA-256 of each validation rule's text, with runs of white space as one space. */
  readonly rules?: readonly string[];
  readonly maxLength?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly listType?: 'set' | 'map';
  readonly listMapKeys?: readonly string[];
}

export interface Report<T> {
  readonly message: string;
  /** The part of the value that is wrong; by default all of it. */
  readonly path?: Path | ((value: T) => Path);
}

const constraints = new WeakMap<object, Constraint>();

/** What one of the checks below stands for; undefined for zod's own checks. */
export function constraintOf(check: object): Constraint | undefined {
  return constraints.get(check);
}

/** A validation rule of an upstream CRD, named by the hash of its text. It does not stop later checks. */
export function rule<T>(id: string, holds: (value: T) => boolean, report: Report<T>): z.core.$ZodCheck<T> {
  const { message, path = [] } = report;
  const issue = { code: 'custom', message, params: { rule: id }, continue: true } as const;
  const check = z.check<T>((payload) => {
    const { value } = payload;
    if (holds(value)) return;
    const at = typeof path === 'function' ? path(value) : path;
    payload.issues.push({ ...issue, path: [...at], input: value });
  });
  constraints.set(check, { rules: [id] });
  return check;
}

/** A rule about each item of a list; every item that breaks it is reported. */
export function itemRule<T>(
  id: string,
  holds: (item: T, list: readonly T[]) => boolean,
  report: { readonly message: string; readonly path?: Path },
): z.core.$ZodCheck<readonly T[]> {
  const { message, path = [] } = report;
  const issue = { code: 'custom', message, params: { rule: id }, continue: true } as const;
  const check = z.check<readonly T[]>((payload) => {
    const list = payload.value;
    for (const [index, item] of list.entries()) {
      if (holds(item, list)) continue;
      payload.issues.push({ ...issue, path: [index, ...path], input: list });
    }
  });
  constraints.set(check, { rules: [id] });
  return check;
}

export interface UniqueByOptions<T> {
  readonly keys: readonly (keyof T & string)[];
  /** What the items are, for the message. */
  readonly what: string;
  /** The hash of a validation rule that says the same. */
  readonly rule?: string;
}

/** A list whose items are told apart by some of their fields (`x-kubernetes-list-type: map`). */
export function uniqueBy<T>(options: UniqueByOptions<T>): z.core.$ZodCheck<readonly T[]> {
  const { keys, what } = options;
  const message = `another ${what} has the same ${keys.join(', ')}`;
  const check = z.check<readonly T[]>((payload) => {
    reportRepeats(payload, (item) => keys.map((key) => JSON.stringify(item[key])).join(), {
      message,
      path: keys.length === 1 ? keys : [],
      ...(options.rule === undefined ? {} : { params: { rule: options.rule } }),
    });
  });
  constraints.set(check, {
    listType: 'map',
    listMapKeys: keys,
    ...(options.rule === undefined ? {} : { rules: [options.rule] }),
  });
  return check;
}

/** A list of different values (`x-kubernetes-list-type: set`). */
export function uniqueItems<T extends string | number>(): z.core.$ZodCheck<readonly T[]> {
  const check = z.check<readonly T[]>((payload) => {
    reportRepeats(payload, (item) => item, { message: 'is in the list already', path: [] });
  });
  constraints.set(check, { listType: 'set' });
  return check;
}

function reportRepeats<T>(
  payload: z.core.ParsePayload<readonly T[]>,
  identity: (item: T) => string | number,
  report: { readonly message: string; readonly path: Path; readonly params?: { readonly rule: string } },
): void {
  const list = payload.value;
  if (list.length < 2) return;
  const seen = new Set<string | number>();
  for (const [index, item] of list.entries()) {
    const id = identity(item);
    if (seen.has(id)) {
      const path = [index, ...report.path];
      payload.issues.push({ code: 'custom', ...report, path, input: list, continue: true });
    }
    seen.add(id);
  }
}

/** At most `count` code points; zod counts UTF-16 units. Stops later checks. */
export function maxLength(count: number): z.core.$ZodCheck<string> {
  const check = z.check<string>((payload) => {
    const { value } = payload;
    if (value.length <= count || (value.length <= 2 * count && codePoints(value) <= count)) return;
    payload.issues.push({ code: 'too_big', origin: 'string', maximum: count, inclusive: true, input: value });
  });
  constraints.set(check, { maxLength: count });
  return check;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

export function minProperties<T extends object>(count: number): z.core.$ZodCheck<T> {
  const check = z.check<T>((payload) => {
    if (Object.keys(payload.value).length >= count) return;
    const message = `needs at least ${count} of its fields`;
    payload.issues.push({ code: 'custom', message, input: payload.value, continue: true });
  });
  constraints.set(check, { minProperties: count });
  return check;
}

export function maxProperties<T extends object>(count: number): z.core.$ZodCheck<T> {
  const check = z.check<T>((payload) => {
    if (Object.keys(payload.value).length <= count) return;
    const message = `has more than ${count} entries`;
    payload.issues.push({ code: 'custom', message, input: payload.value, continue: true });
  });
  constraints.set(check, { maxProperties: count });
  return check;
}

/** What a discriminated union needs for one member: the field that `type` names, and no other. */
export interface UnionMember<T> {
  readonly field: keyof T & string;
  /** The discriminator's value for this member. */
  readonly type: string;
  /** The discriminator. */
  readonly by: keyof T & string;
  /** The hashes of the rules "only for its type" and "needed for its type", or of one rule that says both. */
  readonly rules: readonly [only: string, needed: string] | readonly [both: string];
}

/** The two rules of one member of a discriminated union. */
export function unionMember<T>(member: UnionMember<T>): z.core.$ZodCheck<T>[] {
  const { field, type, by, rules: [first, second = first] } = member;
  function isChosen(value: T): boolean {
    const chosen: unknown = value[by];
    return chosen === type;
  }
  return [
    rule<T>(first, (value) => value[field] === undefined || isChosen(value), {
      message: `is only for ${by} ${type}`,
      path: [field],
    }),
    rule<T>(second, (value) => value[field] !== undefined || !isChosen(value), {
      message: `is required for ${by} ${type}`,
      path: [field],
    }),
  ];
}
