import { toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encode, field } from './wire.ts';

test('encode() writes what protobuf writes', () => {
  for (const length of [0, 1, 127, 128, 16_383, 16_384]) {
    for (const character of ['a', 'ä', '€', '😀']) {
      const typeUrl = character.repeat(length);
      const value = new Uint8Array(length).fill(7);
      const message = { $typeName: 'google.protobuf.Any', typeUrl, value } as const;
      const expected = toBinary(AnySchema, message);
      const fields = length === 0 ? [] : [field(1, typeUrl), field(2, value)];
      assert.deepEqual(encode(fields), expected, `${character} ${length}`);
      // As a chunk that is encoded already, and inside another message, whose field has a tag of two bytes.
      assert.deepEqual(encode([encode(fields)]), expected);
      assert.deepEqual(encode([field(61, fields)]), encode([field(61, expected)]));
    }
  }
});
