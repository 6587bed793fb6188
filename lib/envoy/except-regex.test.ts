import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { RE2JS } from 're2js';
import { exceptRegex } from './except-regex.ts';

test('exceptRegex() matches every non-empty text but the words', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.'), minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 5 }), fc.array(word), (words, others) => {
      const regex = RE2JS.compile(exceptRegex(words));
      for (const text of [...words, ...others, ...words.map((each) => `${each}a`)]) {
        assert.equal(regex.matches(text), !words.includes(text), text);
      }
    }),
  );
});
