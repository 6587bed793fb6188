import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** RFC 6455, section 1.3. */
const handshakeSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const maxFrameBytes = 1024 * 1024;

const opcodes = { close: 8, ping: 9, pong: 10 } as const;

/** Accepts a WebSocket and sends every message back; `name` is told in the `x-echo-name` header. */
export function echoWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  options: { readonly name: string },
): void {
  const key = request.headers['sec-websocket-key'];
  if (request.headers.upgrade?.toLowerCase() !== 'websocket' || key === undefined) {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  const accept = createHash('sha1').update(key + handshakeSuffix).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Accept: ${accept}\r\nX-Echo-Name: ${options.name}\r\n\r\n`,
  );
  let buffered: Uint8Array = new Uint8Array();
  socket.on('data', (chunk: Uint8Array) => {
    if (socket.writableEnded) return;
    buffered = Buffer.concat([buffered, chunk]);
    for (let frame = readFrame(buffered); frame !== undefined; frame = readFrame(buffered)) {
      buffered = buffered.subarray(frame.bytes);
      const opcode = frame.first & 0x0f;
      if (frame.length > maxFrameBytes) socket.end(writeFrame(0x80 | opcodes.close, closeTooBig));
      else if (opcode === opcodes.close) socket.end(writeFrame(frame.first, frame.payload));
      else if (opcode === opcodes.ping) socket.write(writeFrame(0x80 | opcodes.pong, frame.payload));
      else if (opcode !== opcodes.pong) socket.write(writeFrame(frame.first, frame.payload));
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.end());
}

const closeTooBig = new Uint8Array([1009 >> 8, 1009 & 0xff]);

interface Frame {
  /** FIN, reserved bits and opcode. */
  readonly first: number;
  readonly length: number;
  readonly payload: Uint8Array;
  /** Of the frame as a whole. */
  readonly bytes: number;
}

/** The first frame, once it is complete; or at once if it is too large. */
function readFrame(buffered: Uint8Array): Frame | undefined {
  if (buffered.length < 2) return undefined;
  const view = new DataView(buffered.buffer, buffered.byteOffset, buffered.length);
  const first = view.getUint8(0);
  const masked = (view.getUint8(1) & 0x80) !== 0;
  let length = view.getUint8(1) & 0x7f;
  let at = 2;
  if (length === 126) {
    if (buffered.length < 4) return undefined;
    length = view.getUint16(2);
    at = 4;
  } else if (length === 127) {
    if (buffered.length < 10) return undefined;
    length = Number(view.getBigUint64(2));
    at = 10;
  }
  if (length > maxFrameBytes) return { first, length, payload: new Uint8Array(), bytes: buffered.length };
  const start = at + (masked ? 4 : 0);
  if (buffered.length < start + length) return undefined;
  const payload = buffered.slice(start, start + length);
  if (masked) {
    for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (buffered[at + (i & 3)] ?? 0);
  }
  return { first, length, payload, bytes: start + length };
}

/** Servers send frames unmasked. */
function writeFrame(first: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head = new DataView(new ArrayBuffer(length < 126 ? 2 : length < 65_536 ? 4 : 10));
  head.setUint8(0, first);
  head.setUint8(1, length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.byteLength === 4) head.setUint16(2, length);
  if (head.byteLength === 10) head.setBigUint64(2, BigInt(length));
  return Buffer.concat([new Uint8Array(head.buffer), payload]);
}
