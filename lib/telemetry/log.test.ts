import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { createLogger } from './log.ts';

for (const format of ['json', 'pretty'] as const) {
  test(`no message forges a line or steers a terminal (${format})`, async () => {
    let text = '';
    const destination = new Writable({
      write(chunk: Uint8Array, _encoding, done): void {
        text += String(chunk);
        done();
      },
    });
    createLogger({ format, level: 'info', destination }).warn(
      'one\n[12:00:00] ERROR: two\u001B[2J' + (format === 'pretty' ? '\u009B2J' : ''),
    );
    for (let turn = 0; turn < 100 && !text.includes('\n'); turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(text.split('\n').length, 2, text);
    assert.ok(text.includes('one'));
    assert.ok(!text.includes('\u001B[2J') && !text.includes('\u009B'));
  });
}
