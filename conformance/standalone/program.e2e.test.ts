import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { freePort } from '../../lib/testing/free-port.ts';
import { gateway, httpRoute } from './manifests.ts';
import { envoysOf, isAlive } from './processes.ts';
import { Program } from './program.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';

const GATEWAY = gateway('[{ name: http, port: {port}, protocol: HTTP }]');

function route(mark: string): string {
  const filter =
    `{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-mark, value: ${mark} }] } }`;
  return httpRoute('web', { rules: `[{ filters: [${filter}], backendRefs: [{ name: a, port: 80 }] }]` });
}

async function files(): Promise<Record<string, string>> {
  const service = `
apiVersion: v1
kind: Service
metadata: { name: a, annotations: { dragoman.dev/endpoints: "127.0.0.1:${await freePort()}" } }
spec: { ports: [{ port: 80 }] }
`;
  return { 'gateway.yaml': GATEWAY, 'service.yaml': service, 'route.yaml': route('first') };
}

async function mark(port: number): Promise<string> {
  const { status, headers } = await send({ port, host: 'www.example.com' });
  assert.equal(status, 200);
  return String(headers['x-mark']);
}

for (const runtime of ['node', 'deno'] as const) {
  test(
    `the program serves, follows an edit, and drains on SIGTERM under ${runtime}`,
    { timeout: 180_000 },
    async () => {
      await using program = await Program.start({ runtime, files: await files() });
      assert.equal(await mark(program.port), 'first');
      program.write('route.yaml', route('second'));
      await eventually(async () => assert.equal(await mark(program.port), 'second'));
      const envoys = envoysOf(program.child.pid ?? 0);
      assert.equal(envoys.length, 1);
      const started = performance.now();
      assert.equal(await program.stop(), 0, program.output);
      assert.ok(performance.now() - started < 30_000);
      assert.deepEqual(envoys.filter(isAlive), []);
    },
  );
}

test('an Envoy that is killed comes back with all of its configuration', { timeout: 180_000 }, async () => {
  await using program = await Program.start({ files: await files() });
  program.write('route.yaml', route('second'));
  await eventually(async () => assert.equal(await mark(program.port), 'second'));
  const [first] = envoysOf(program.child.pid ?? 0);
  process.kill(first ?? 0, 'SIGKILL');
  await eventually(async () => {
    assert.equal(await mark(program.port), 'second');
    assert.notEqual(envoysOf(program.child.pid ?? 0)[0], first);
  });
  program.write('route.yaml', route('third'));
  await eventually(async () => assert.equal(await mark(program.port), 'third'));
});

test(
  'an Envoy that was stopped for a while goes on with the newest configuration',
  { timeout: 180_000 },
  async () => {
    await using program = await Program.start({ files: await files() });
    const [envoy = 0] = envoysOf(program.child.pid ?? 0);
    process.kill(envoy, 'SIGSTOP');
    for (const name of ['second', 'third', 'fourth']) {
      program.write('route.yaml', route(name));
      await new Promise((resolve) => setTimeout(resolve, 660));
    }
    process.kill(envoy, 'SIGCONT');
    await eventually(async () => assert.equal(await mark(program.port), 'fourth'));
    assert.deepEqual(envoysOf(program.child.pid ?? 0), [envoy]);
  },
);

test(
  'a controller that is killed leaves no Envoy behind, and starts again',
  { timeout: 180_000 },
  async () => {
    const manifests = await files();
    const program = await Program.start({ files: manifests });
    const envoys = envoysOf(program.child.pid ?? 0);
    assert.equal(envoys.length, 1);
    await program.stop('SIGKILL');
    await eventually(() => assert.deepEqual(envoys.filter(isAlive), []));
    await program[Symbol.asyncDispose]();
    await using next = await Program.start({ files: manifests });
    assert.equal(await mark(next.port), 'first');
  },
);

test('one trace leads from the edit of a file to the proxy that runs it', { timeout: 180_000 }, async () => {
  const bodies: Buffer[] = [];
  const collector: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks));
      response.end();
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  try {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      OTEL_BSP_SCHEDULE_DELAY: '100',
    };
    await using program = await Program.start({ files: await files(), env });
    program.write('route.yaml', route('second'));
    await eventually(async () => assert.equal(await mark(program.port), 'second'));
    const spans = await eventually(() => {
      const found = bodies.flatMap(spansIn);
      // The first is the start's.
      const [, root] = found.filter(({ attributes }) => attributes['dragoman.cause'] === 'files');
      assert.ok(root !== undefined, found.map(({ name }) => name).join(' '));
      return found.filter(({ trace }) => trace === root.trace);
    });
    const root = spans.filter(({ parent }) => parent === '');
    assert.equal(root.length, 1);
    const names = spans.map(({ name }) => name);
    for (const name of ['dragoman.read', 'dragoman.commit', 'dragoman.deliver']) {
      assert.equal(names.filter((each) => each === name).length, 1, names.join(' '));
    }
    for (const { parent } of spans) assert.ok(parent === '' || spans.some(({ id }) => id === parent));
    const deliver = spans.find(({ name }) => name === 'dragoman.deliver');
    assert.equal(deliver?.attributes['dragoman.resources'], 1);
    // The proxy's answer is what ends it.
    const commit = spans.find(({ name }) => name === 'dragoman.commit');
    assert.ok(deliver.end > (commit?.end ?? 0n));
  } finally {
    collector.close();
  }
});

interface Span {
  readonly trace: string;
  readonly id: string;
  readonly parent: string;
  readonly name: string;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, string | number>>;
}

interface Field {
  readonly number: number;
  readonly value: Buffer | bigint;
}

/** The spans of an OTLP request (opentelemetry/proto/trace/v1/trace.proto). */
function spansIn(request: Buffer): readonly Span[] {
  const inside = (message: Buffer, number: number): readonly Buffer[] =>
    fields(message).flatMap((field) =>
      field.number === number && typeof field.value !== 'bigint' ? [field.value] : []
    );
  return inside(request, 1).flatMap((resource) => inside(resource, 2)).flatMap((scope) => inside(scope, 2))
    .map((span) => {
      const hex = (number: number): string => inside(span, number)[0]?.toString('hex') ?? '';
      const end = fields(span).find(({ number }) => number === 8)?.value;
      return {
        trace: hex(1),
        id: hex(2),
        parent: hex(4),
        name: inside(span, 5)[0]?.toString() ?? '',
        end: typeof end === 'bigint' ? end : 0n,
        attributes: Object.fromEntries(
          inside(span, 9).map((attribute): [string, string | number] => {
            const [value] = fields(inside(attribute, 2)[0] ?? Buffer.alloc(0));
            const key = inside(attribute, 1)[0]?.toString() ?? '';
            return [
              key,
              typeof value?.value === 'bigint' ? Number(value.value) : value?.value.toString() ?? '',
            ];
          }),
        ),
      };
    });
}

function fields(message: Buffer): readonly Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = message[at++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    const kind = tag & 7;
    if (kind === 0) found.push({ number, value: varint() });
    else if (kind === 1) {
      found.push({ number, value: message.readBigUInt64LE(at) });
      at += 8;
    } else if (kind === 5) at += 4;
    else {
      const length = Number(varint());
      found.push({ number, value: message.subarray(at, at + length) });
      at += length;
    }
  }
  return found;
}
