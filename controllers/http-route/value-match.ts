import type { ValueMatch } from '../../lib/model/mod.ts';
import type { Report } from '../route/problem.ts';
import { regexProblem } from './regex.ts';

/** A match of a header or query parameter, as HTTPRoutes and GRPCRoutes say it. */
interface Specified {
  readonly name: string;
  readonly type: 'Exact' | 'RegularExpression';
  readonly value: string;
}

const NONE: readonly ValueMatch[] = [];

/** Nothing if a regular expression is invalid, which is reported. Of equal names the first counts. */
export function translateValues(
  matches: readonly Specified[] | undefined,
  report: Report,
  { field, nameOf }: {
    /** Path of the list within the route. */
    readonly field: string;
    /** Makes equivalent names equal. */
    readonly nameOf: (name: string) => string;
  },
): readonly ValueMatch[] | undefined {
  if (matches === undefined || matches.length === 0) return NONE;
  const first = new Map<string, ValueMatch>();
  for (const { name, type, value } of matches) {
    const key = nameOf(name);
    if (!first.has(key)) first.set(key, { name: key, type: type === 'Exact' ? 'exact' : 'regex', value });
  }
  const values = [...first.values()];
  const invalid = values.filter(({ name, type, value }) =>
    type === 'regex' && !holds(value, report, `${field}[name=${name}].value`)
  );
  return invalid.length === 0 ? values : undefined;
}

/** Names of headers compare without case. */
export function lowerCase(name: string): string {
  return name.toLowerCase();
}

/** Whether Envoy takes a regular expression, which is reported if not. */
export function holds(expression: string, report: Report, field: string): boolean {
  const problem = regexProblem(expression);
  if (problem === undefined) return true;
  const message = `The expression '${expression}' ${problem}.`;
  report({ effect: 'rule', reason: 'UnsupportedValue', message, field });
  return false;
}
