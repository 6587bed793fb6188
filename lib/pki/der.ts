/** DER (X.690), as far as certificates need it. */

const OID = 0x06;
const SEQUENCE = 0x30;
const SET = 0x31;

/** One value: its tag, its length, and what it holds. */
export function value(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const size = body.length;
  const long = size < 0x80 ? [] : size < 0x100 ? [size] : [size >> 8, size & 0xff];
  if (size > 0xffff) throw new Error(`${size} bytes are more than certificates have`);
  const length = long.length === 0 ? [size] : [0x80 | long.length, ...long];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

export function sequence(...content: readonly Uint8Array[]): Buffer {
  return value(SEQUENCE, ...content);
}

export function setOf(content: Uint8Array): Buffer {
  return value(SET, content);
}

/** Not negative; `bytes` are its digits, the highest first. */
export function integer(bytes: Uint8Array): Buffer {
  return value(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]));
}

export function boolean(truth: boolean): Buffer {
  return value(0x01, Buffer.of(truth ? 0xff : 0));
}

/** Bits of whole bytes, but for so many at the end. */
export function bitString(bytes: Uint8Array, unused = 0): Buffer {
  return value(0x03, Buffer.of(unused), bytes);
}

export function octetString(bytes: Uint8Array): Buffer {
  return value(0x04, bytes);
}

export function utf8String(text: string): Buffer {
  return value(0x0c, Buffer.from(text));
}

/** An object identifier, such as `2.5.29.17`. */
export function identifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return value(OID, Buffer.from([first * 40 + second, ...rest.flatMap((number) => base128(number))]));
}

/** A time of whole seconds, of which RFC 5280 wants two digits for years before 2050. */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return Number(digits.slice(0, 4)) < 2050
    ? value(0x17, Buffer.from(digits.slice(2)))
    : value(0x18, Buffer.from(digits));
}

/** The values that a value holds, each with its tag. */
export function valuesIn(der: Uint8Array): readonly Buffer[] {
  const values: Buffer[] = [];
  const [begin, end] = contentOf(der, 0);
  for (let at = begin; at < end;) {
    const [, next] = contentOf(der, at);
    values.push(Buffer.from(der.subarray(at, next)));
    at = next;
  }
  return values;
}

/** Where the content of the value at an offset begins and ends. */
function contentOf(der: Uint8Array, at: number): readonly [number, number] {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return [at + 2, at + 2 + first];
  const count = first & 0x7f;
  const size = der.subarray(at + 2, at + 2 + count).reduce((sum, byte) => sum * 256 + byte, 0);
  return [at + 2 + count, at + 2 + count + size];
}

function base128(number: number): readonly number[] {
  const digits = [number & 0x7f];
  for (let rest = number >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}
