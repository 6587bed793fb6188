/** Length-delimited protobuf fields put together by hand, from parts that are encoded already. */

const text = new TextEncoder();

/** A field of a string, bytes, or a message given by its own chunks. */
export function field(number: number, content: string | Uint8Array | readonly Uint8Array[]): Uint8Array[] {
  const chunks = typeof content === 'string'
    ? [text.encode(content)]
    : content instanceof Uint8Array
    ? [content]
    : content;
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  return [head(number, length), ...chunks];
}

/** Tag and length of a length-delimited field. */
export function head(number: number, length: number): Uint8Array {
  const bytes: number[] = [];
  for (const value of [number * 8 + 2, length]) {
    let rest = value;
    while (rest > 127) {
      bytes.push((rest & 127) | 128);
      rest >>>= 7;
    }
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
