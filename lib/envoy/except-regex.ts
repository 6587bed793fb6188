import { escape } from './path-rewrite.ts';

/**
 * A regular expression (RE2, which has no negation) for every non-empty text but the given words. Walks the tree of their
 * prefixes: a text leaves it by a character that goes on with no word, or ends inside a word.
 */
export function exceptRegex(words: readonly string[]): string {
  const alternatives: string[] = [];
  const prefixes = new Set([
    '',
    ...words.flatMap((word) => Array.from(word, (_, i) => word.slice(0, i + 1))),
  ]);
  for (const prefix of [...prefixes].sort()) {
    const next = new Set(
      [...prefixes].filter((other) => other.length === prefix.length + 1 && other.startsWith(prefix))
        .map((other) => other.slice(-1)),
    );
    const quoted = escape(prefix);
    if (prefix !== '' && !words.includes(prefix)) alternatives.push(quoted);
    const stay = [...next].sort().map(escape).join('');
    alternatives.push(stay === '' ? `${quoted}.+` : `${quoted}[^${stay}].*`);
  }
  return alternatives.join('|');
}
