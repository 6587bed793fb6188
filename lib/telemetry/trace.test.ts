import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { test } from 'node:test';
import { trace, type Tracer } from '@opentelemetry/api';
import { ChangeTrace, createTracing, type Tracing } from './trace.ts';

async function tracingTo(endpoint: string): Promise<Tracing> {
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint;
  try {
    return await createTracing();
  } finally {
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  }
}

function endOneChange({ tracer }: Tracing): void {
  const change = new ChangeTrace(tracer, { 'dragoman.cause': 'test' });
  change.phase('dragoman.commit', () => {});
  change.end();
}

test('traces are off unless an exporter or an endpoint is named', async () => {
  const off = [
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'TRUE' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_EXPORTER: 'none' },
  ];
  for (const env of off) {
    const { tracer } = await createTracing(env);
    assert.equal(tracer.startSpan('one').isRecording(), false, JSON.stringify(env));
  }
  const on = await createTracing({ OTEL_TRACES_EXPORTER: 'otlp' });
  assert.equal(on.tracer.startSpan('one').isRecording(), true);
  await on.shutdown();
});

test('what is left is sent at shutdown', async () => {
  const paths: (string | undefined)[] = [];
  const collector = createServer((request, response) => {
    paths.push(request.url);
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const tracing = await tracingTo(`http://127.0.0.1:${(collector.address() as AddressInfo).port}`);
  endOneChange(tracing);
  await tracing.shutdown();
  assert.deepEqual(paths, ['/v1/traces']);
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
});

test('a collector that does not answer, or is not there, holds up no shutdown', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  for (const port of [(silent.address() as AddressInfo).port, 1]) {
    const tracing = await tracingTo(`http://127.0.0.1:${port}`);
    endOneChange(tracing);
    const started = performance.now();
    await tracing.shutdown();
    assert.ok(performance.now() - started < 9_000, `${performance.now() - started} ms`);
  }
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
});

test('a trace begins when its change was noticed', () => {
  const starts: unknown[] = [];
  const tracer = fakeTracer(starts);
  const change = new ChangeTrace(tracer, {}, 12_345);
  change.phase('dragoman.read', () => {}, 12_345);
  change.phase('dragoman.commit', () => {});
  assert.deepEqual(starts, [12_345, 12_345, undefined]);
});

function fakeTracer(starts: unknown[]): Tracer {
  const off = trace.getTracer('off');
  return {
    startSpan: (name, options) => {
      starts.push(options?.startTime);
      return off.startSpan(name);
    },
    startActiveSpan: () => assert.fail('not used'),
  };
}
