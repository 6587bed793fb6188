/** A question of class IN. */
export interface Question {
  readonly id: number;
  /** Lower-case, without the last dot. */
  readonly name: string;
  readonly type: number;
}

export const TYPE_A = 1;
const CLASS_IN = 1;
const HEADER_BYTES = 12;
const TTL_SECONDS = 5;

/** Decodes a query of one question. Undefined if it is none. */
export function readQuestion(message: Uint8Array): Question | undefined {
  const bytes = Buffer.from(message);
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(bytes.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > bytes.length) return undefined;
  return { id: bytes.readUInt16BE(0), name: labels.join('.').toLowerCase(), type: bytes.readUInt16BE(at) };
}

/** Encodes the answer: IPv4 addresses, none if the name has none of that type, or undefined if there is no such name. */
export function answerTo({ id, name, type }: Question, addresses: readonly string[] | undefined): Uint8Array {
  const answers = type === TYPE_A ? addresses ?? [] : [];
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  // Response, authoritative, recursion available; the last bits say that there is no such name.
  header.writeUInt16BE(addresses === undefined ? 0x8583 : 0x8580, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  const labels = name.split('.').map((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]);
  const kind = Buffer.alloc(4);
  kind.writeUInt16BE(type, 0);
  kind.writeUInt16BE(CLASS_IN, 2);
  return Buffer.concat([header, ...labels.flat(), Buffer.from([0]), kind, ...answers.map(record)]);
}

function record(address: string): Buffer {
  const bytes = Buffer.alloc(16);
  // The name is the one at the message's beginning.
  bytes.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  bytes.writeUInt16BE(TYPE_A, 2);
  bytes.writeUInt16BE(CLASS_IN, 4);
  bytes.writeUInt32BE(TTL_SECONDS, 6);
  bytes.writeUInt16BE(4, 10);
  Buffer.from(address.split('.').map(Number)).copy(bytes, 12);
  return bytes;
}
