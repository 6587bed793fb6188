import type { z } from 'zod';

import type { Problem } from './problem.ts';
import { nearest } from './suggestion.ts';

const maxQuoted = 60;

/** What a failed check of zod means for the person who wrote the manifest. Needs `reportInput`. */
export function describe(issue: z.core.$ZodIssue): Problem {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const meant = issue.code === 'invalid_union' ? meantBy(issue) : undefined;
  if (meant !== undefined) {
    const problem = describe(meant);
    return { ...problem, path: [...path, ...problem.path] };
  }
  return { severity: 'error', path, ...say(issue) };
}

/** What is wrong by the only alternative that takes a list or a mapping at all, which tells more than all of them. */
function meantBy({ input, errors }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const fitting = errors.map(([first]) => first)
    .filter((first) => first !== undefined && !(first.code === 'invalid_type' && first.path.length === 0));
  return fitting.length === 1 ? fitting[0] : undefined;
}

interface Said {
  readonly message: string;
  readonly expected?: string;
}

function say(issue: z.core.$ZodIssue): Said {
  switch (issue.code) {
    case 'invalid_type':
      return sayType(issue);
    case 'invalid_value':
      return sayValue(issue.values, issue.input);
    case 'too_small':
      return saySize(issue, { atLeast: true, bound: Number(issue.minimum) });
    case 'too_big':
      return saySize(issue, { atLeast: false, bound: Number(issue.maximum) });
    case 'invalid_format':
      return { message: `${quote(issue.input)} is not valid`, expected: issue.message };
    case 'invalid_union':
      return sayUnion(issue);
    default:
      return { message: issue.message };
  }
}

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a whole number',
  object: 'a mapping',
  record: 'a mapping',
  string: 'a string',
};

function sayType({ expected, input, message }: z.core.$ZodIssueInvalidType): Said {
  // A schema may say more than its type.
  const own = message.startsWith('Invalid input') ? undefined : message;
  const wanted = own ?? typeNames[expected] ?? expected;
  if (input === undefined) return { message: 'is required', expected: wanted };
  if (
    own === undefined && expected === 'string' && (typeof input === 'number' || typeof input === 'boolean')
  ) {
    return { message: `is ${typeName(input)}`, expected: `a string: put it in quotes, "${input}"` };
  }
  return { message: `is ${typeName(input)}`, expected: wanted };
}

/** What a parsed value is, in words. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return `the boolean ${value}`;
  return typeof value === 'string' ? 'a string' : `a ${typeof value}`;
}

function sayValue(values: readonly unknown[], input: unknown): Said {
  const allowed = values.map(String);
  const expected = allowed.length === 1 ? `${allowed[0]}` : `one of ${allowed.join(', ')}`;
  if (input === undefined) return { message: 'is required', expected };
  if (typeof input === 'object') return { message: `is ${typeName(input)}`, expected };
  const near = typeof input === 'string' ? nearest(input, allowed) : undefined;
  return { message: `${quote(input)} is not allowed`, expected: near ?? expected };
}

interface Size {
  readonly atLeast: boolean;
  readonly bound: number;
}

function saySize(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, size: Size): Said {
  const { atLeast, bound } = size;
  const expected = `at ${atLeast ? 'least' : 'most'} ${bound}`;
  if (issue.origin === 'string') {
    if (issue.input === '') return { message: 'is empty' };
    return { message: `is too ${atLeast ? 'short' : 'long'}`, expected: `${expected} characters` };
  }
  if (issue.origin === 'array') {
    const length = Array.isArray(issue.input) ? issue.input.length : 0;
    if (length === 0) return { message: 'is an empty list', expected: `${expected} entries` };
    return { message: `has ${length} entries`, expected: `${expected} entries` };
  }
  return { message: `${quote(issue.input)} is too ${atLeast ? 'small' : 'large'}`, expected };
}

/** Several alternatives: each says what it would have taken. */
function sayUnion(issue: z.core.$ZodIssueInvalidUnion): Said {
  const first = issue.errors.flat()[0];
  if (issue.input === undefined) return { message: 'is required' };
  const wanted = issue.errors.map((alternative) => {
    const said = alternative[0] === undefined ? undefined : say(alternative[0]);
    return said?.expected ?? said?.message ?? first?.message ?? 'another value';
  });
  return { message: `${quote(issue.input)} is not valid`, expected: [...new Set(wanted)].join(', or ') };
}

/** Values are shown short, so that a misplaced certificate does not fill the screen. */
function quote(value: unknown): string {
  if (typeof value !== 'string') return typeName(value);
  const shown = value.length > maxQuoted ? `${value.slice(0, maxQuoted)}...` : value;
  return JSON.stringify(shown);
}
