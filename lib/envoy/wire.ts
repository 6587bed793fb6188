/** Length-delimited protobuf fields put together by hand, from parts that are encoded already. */

const text = new TextEncoder();

/** A field of a string, bytes, or a message given by its own fields; it is written by `encode()`. */
export interface Field {
  readonly number: number;
  readonly content: string | Uint8Array | readonly Field[];
  /** Bytes of the content. */
  readonly length: number;
}

export function field(number: number, content: Field['content']): Field {
  return { number, content, length: lengthOf(content) };
}

/** A message of fields, and of chunks that hold whole fields; into one array, since small ones cost more than their bytes. */
export function encode(chunks: readonly (Field | Uint8Array)[]): Uint8Array {
  let length = 0;
  for (const chunk of chunks) length += chunk instanceof Uint8Array ? chunk.length : sizeOf(chunk);
  const out = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    if (chunk instanceof Uint8Array) {
      out.set(chunk, at);
      at += chunk.length;
    } else at = writeField(out, at, chunk);
  }
  return out;
}

/** Bytes of the content with its tag and length. */
function sizeOf({ number, length }: Field): number {
  return varintLength(tagOf(number)) + varintLength(length) + length;
}

function lengthOf(content: Field['content']): number {
  if (typeof content === 'string') return isAscii(content) ? content.length : text.encode(content).length;
  if (content instanceof Uint8Array) return content.length;
  return content.reduce((sum, each) => sum + sizeOf(each), 0);
}

function writeField(out: Uint8Array, start: number, { number, content, length }: Field): number {
  let at = writeVarint(out, writeVarint(out, start, tagOf(number)), length);
  if (typeof content === 'string') {
    // For names, which are short, the encoder costs more than a loop.
    if (content.length === length) {
      for (let i = 0; i < length; i++) out[at + i] = content.charCodeAt(i);
    } else out.set(text.encode(content), at);
  } else if (content instanceof Uint8Array) out.set(content, at);
  else {
    for (const each of content) at = writeField(out, at, each);
    return at;
  }
  return at + length;
}

/** Of a length-delimited field. */
function tagOf(number: number): number {
  return number * 8 + 2;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 127; rest >>>= 7) length++;
  return length;
}

function writeVarint(out: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > 127) {
    out[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  out[at++] = rest;
  return at;
}

/** Others take more bytes than they have code units. */
function isAscii(content: string): boolean {
  for (let i = 0; i < content.length; i++) if (content.charCodeAt(i) > 127) return false;
  return true;
}
