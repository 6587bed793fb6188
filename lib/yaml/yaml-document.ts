import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml';

import { offsetInScalar } from './block-scalar.ts';
import { splitDocuments } from './documents.ts';

export type Path = readonly (string | number)[];

/** A place within one document; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface SyntaxProblem extends Position {
  readonly message: string;
}

/**
 * A document that could be read, or why it could not. A path may go on inside a string that holds YAML itself, which
 * counts as the list of its documents.
 */
export type YamlDocument =
  | {
    readonly value: unknown;
    /** The first key that is there twice; the last one counts. */
    readonly repeated?: Path;
    locate(path: Path): Position;
  }
  | { readonly syntax: readonly SyntaxProblem[] };

/**
 * Parses one document (YAML 1.2, with merge keys, as kubectl takes it). A key that is there twice is an error, unless the
 * last one is to count. Never throws.
 */
export function parseYaml(
  text: string,
  { lastCounts = false }: { readonly lastCounts?: boolean } = {},
): YamlDocument {
  const excess = excessOf(text);
  if (excess !== undefined) return { syntax: [{ line: 1, column: 1, message: excess }] };
  const lines = new LineCounter();
  try {
    // The parser's own search for repeated keys takes time by the square of their number.
    const options = { lineCounter: lines, prettyErrors: false, merge: true, uniqueKeys: false } as const;
    // Otherwise it would print what it thinks of keys that are no scalars.
    const document = parseDocument(text, { ...options, logLevel: 'error' });
    if (document.errors.length > 0) {
      return {
        syntax: document.errors.map((error) => ({
          ...at(lines, error.pos[0]),
          message: said(error.message),
        })),
      };
    }
    const repeated = repeatedKey(document);
    if (repeated !== undefined) {
      const { path, offset } = repeated;
      const message = `the key ${path.at(-1)} is there twice`;
      if (!lastCounts) return { syntax: [{ ...at(lines, offset), message }] };
      keepLastKeys(document);
    }
    // Aliases that multiply (a "billion laughs") throw here.
    const value: unknown = document.toJS({ maxAliasCount: 1000 });
    return {
      value,
      ...(repeated === undefined ? {} : { repeated: repeated.path }),
      locate: (path) => at(lines, offsetOf({ document, text }, path)),
    };
  } catch (error) {
    // Deep nesting overflows the parser's stack.
    const message = error instanceof RangeError ? 'is nested too deeply' : said((error as Error).message);
    return { syntax: [{ line: 1, column: 1, message }] };
  }
}

const maxDepth = 500;
const maxValues = 600_000;
const deepBlocks = new RegExp(`(?:[-?:][ \\t]+){${maxDepth}}`);

/** What would take the parser gigabytes or its stack: no manifest is like that. */
function excessOf(text: string): string | undefined {
  let depth = 0;
  let values = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === NEWLINE || code === COMMA) values++;
    else if (code === BRACKET || code === BRACE) depth++;
    else if ((code === BRACKET + 2 || code === BRACE + 2) && depth > 0) depth--;
    if (depth > maxDepth) return 'it is nested too deeply';
  }
  if (values > maxValues) return `it has more than ${maxValues} values; split it into several documents`;
  return deepBlocks.test(text) ? 'it is nested too deeply' : undefined;
}

const NEWLINE = 0x0a;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** A key that its mapping already has. */
function repeatedKey(document: Document): { readonly path: Path; readonly offset: number } | undefined {
  let found: { readonly path: Path; readonly offset: number } | undefined;
  visit(document, {
    Map(_, map, ancestors) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isOnce(key)) continue;
        if (seen.has(key.value)) {
          found = { path: [...pathTo([...ancestors, map]), String(key.value)], offset: startOf(key) ?? 0 };
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

function pathTo(nodes: readonly unknown[]): Path {
  return nodes.flatMap((node, index): Path => {
    if (isPair(node)) return [String(isScalar(node.key) ? node.key.value : node.key)];
    return isSeq(node) ? [node.items.indexOf(nodes[index + 1])] : [];
  });
}

function keepLastKeys(document: Document): void {
  visit(document, {
    Map(_, map) {
      const last = new Map(
        map.items.flatMap((pair) => isOnce(pair.key) ? [[pair.key.value, pair] as const] : []),
      );
      map.items = map.items.filter((pair) => !isOnce(pair.key) || last.get(pair.key.value) === pair);
    },
  });
}

/** Merge keys may come several times. */
function isOnce(key: unknown): key is Scalar {
  return isScalar(key) && key.value !== '<<' && typeof key.value !== 'symbol';
}

function at(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function said(message: string): string {
  const plain = message.replace(/[.:]$/, '');
  return `${plain.slice(0, 1).toLowerCase()}${plain.slice(1)}`;
}

interface Source {
  readonly document: Document;
  readonly text: string;
}

/** Where a field is: a scalar's own start, a mapping's or list's key, or what is nearest if the field is missing. */
function offsetOf({ document, text }: Source, path: Path): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isScalar(node) && typeof node.value === 'string') {
      const inside = locateInside(node.value, path.slice(index));
      return inside === undefined ? offset : offsetInScalar(text, node, inside);
    }
    let found: { readonly node: unknown; readonly offset: number | undefined } | undefined;
    if (isMap(node)) found = inMap(node.items, part);
    else if (isSeq(node)) {
      found = { node: node.items[Number(part)], offset: startOf(node.items[Number(part)]) };
    }
    if (found?.offset === undefined) break;
    ({ node, offset } = { node: found.node, offset: found.offset });
  }
  return offset;
}

/** Where a field of one of the documents in a string is, in the string. */
function locateInside(text: string, [index, ...path]: Path): Position | undefined {
  const found = splitDocuments(text)[Number(index)];
  if (found === undefined) return undefined;
  const parsed = parseYaml(found.text, { lastCounts: true });
  const { line, column } = 'syntax' in parsed
    ? parsed.syntax[0] ?? { line: 1, column: 1 }
    : parsed.locate(path);
  return { line: found.line + line, column };
}

function inMap(
  pairs: readonly { readonly key: unknown; readonly value: unknown }[],
  part: string | number,
): { readonly node: unknown; readonly offset: number | undefined } | undefined {
  const pair = pairs.find(({ key }) => (isScalar(key) ? String(key.value) : key) === String(part));
  if (pair === undefined) return undefined;
  const scalar = isScalar(pair.value) && pair.value.value !== null;
  return { node: pair.value, offset: startOf(scalar ? pair.value : pair.key) };
}

function startOf(node: unknown): number | undefined {
  return (node as Partial<Node> | null | undefined)?.range?.[0];
}
