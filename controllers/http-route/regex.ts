import { RE2JS } from 're2js';

// Routes repeat their expressions, and each edit of one translates all of its rules again.
const verdicts = new Map<string, string | undefined>();
const MAX_VERDICTS = 10_000;

/** Why Envoy would refuse a regular expression (RE2 syntax), or nothing. */
export function regexProblem(expression: string): string | undefined {
  if (verdicts.has(expression)) return verdicts.get(expression);
  if (verdicts.size >= MAX_VERDICTS) verdicts.clear();
  const verdict = check(expression);
  verdicts.set(expression, verdict);
  return verdict;
}

function check(expression: string): string | undefined {
  if (expression === '') return 'is empty';
  try {
    RE2JS.compile(expression);
    return undefined;
  } catch (error) {
    return `is no RE2 expression: ${error instanceof Error ? error.message : String(error)}`;
  }
}
