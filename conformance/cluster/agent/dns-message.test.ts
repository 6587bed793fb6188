import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerTo, readQuestion, TYPE_A } from './dns-message.ts';

const TYPE_AAAA = 28;

function query(name: string, type: number): Buffer {
  const labels = name.split('.').map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])
  );
  return Buffer.concat([
    Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    ...labels,
    Buffer.from([0, type >> 8, type & 255, 0, 1]),
  ]);
}

function answer(name: string, type: number, addresses: readonly string[] | undefined): Buffer {
  const question = readQuestion(query(name, type));
  assert.ok(question);
  return Buffer.from(answerTo(question, addresses));
}

test('a question is read without regard to case', () => {
  assert.deepEqual(readQuestion(query('Web.Shop.svc', TYPE_A)), {
    id: 0x1234,
    name: 'web.shop.svc',
    type: TYPE_A,
  });
});

test('what is no question of one name is nothing', () => {
  assert.equal(readQuestion(Buffer.alloc(3)), undefined);
  assert.equal(readQuestion(query('a', TYPE_A).subarray(0, 14)), undefined);
});

test('an answer holds every address', () => {
  const bytes = answer('web', TYPE_A, ['10.96.0.7', '10.96.0.8']);
  assert.equal(bytes.readUInt16BE(0), 0x1234);
  assert.equal(bytes.readUInt16BE(6), 2);
  assert.deepEqual([...bytes.subarray(-4)], [10, 96, 0, 8]);
});

test('a name without addresses of that type is told from one that is not there', () => {
  const code = (bytes: Buffer): number => bytes.readUInt16BE(2) & 15;
  assert.equal(code(answer('web', TYPE_AAAA, ['10.96.0.7'])), 0);
  assert.equal(answer('web', TYPE_AAAA, ['10.96.0.7']).readUInt16BE(6), 0);
  assert.equal(code(answer('gone', TYPE_A, undefined)), 3);
});
