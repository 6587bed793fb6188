import { Scalar } from 'yaml';

/** A place in a text; both count from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Where the source has what is at a place in a scalar's value, as an offset. Only a block scalar (`|`) has its lines
 * as they are; of others the start of the scalar is answered.
 */
export function offsetInScalar(source: string, scalar: Scalar, { line, column }: Place): number {
  const start = scalar.range?.[0] ?? 0;
  if (scalar.type !== Scalar.BLOCK_LITERAL) return start;
  const end = scalar.range?.[1] ?? source.length;
  const lines: number[] = [];
  for (let at = source.indexOf('\n', start); at !== -1 && at < end; at = source.indexOf('\n', at + 1)) {
    lines.push(at + 1);
  }
  const indents = lines.map((at) => /^( *)[^ \n]/.exec(source.slice(at, end))?.[1]?.length)
    .filter((indent) => indent !== undefined);
  const indicated = /^[|>][+-]?([1-9])/.exec(source.slice(start, start + 3));
  const indent = indicated === null ? indents[0] ?? 0 : Math.min(...indents);
  const at = lines[line - 1];
  return at === undefined ? start : at + indent + column - 1;
}
