import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Narrowing, split, suspects } from './bisect.ts';
import { fake } from './testing/fake.ts';

describe('split()', () => {
  it('parts the names that Envoy blames from the others', () => {
    const message = 'Error adding/updating listener(s) b: cannot bind\nd: no such filter\n';
    assert.deepEqual(split(['a', 'b', 'c', 'd'], message), [['a', 'c'], ['b', 'd']]);
  });

  it('halves what Envoy does not name', () => {
    assert.deepEqual(split(['a', 'b', 'c'], 'missing ): ('), [['a'], ['b', 'c']]);
    assert.deepEqual(split(['a', 'b'], 'Error adding/updating cluster(s) a: x\nb: y'), [['a'], ['b']]);
  });
});

describe('suspects()', () => {
  it('are the parts that the accepted version lacks, each once', () => {
    const parts = (...hashes: readonly string[]): { hash: string; source: string }[] =>
      hashes.map((hash) => ({ hash, source: 's' }));
    const accepted = fake('VirtualHost|a', '1', { parts: parts('p', 'q') });
    const refused = fake('VirtualHost|a', '2', { parts: parts('p', 'x', 'x', 'y') });
    assert.deepEqual(suspects(refused, accepted).map(({ hash }) => hash), ['x', 'y']);
    assert.deepEqual(suspects(refused, undefined).map(({ hash }) => hash), ['p', 'x', 'y']);
  });
});

describe('Narrowing', () => {
  it('finds exactly the guilty parts, whichever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 2, maxLength: 40 }), (guilt) => {
        const parts = guilt.map((_, i) => ({ hash: String(i), source: 's' }));
        const narrowing = new Narrowing(fake('VirtualHost|a', '1', { parts }), parts);
        let questions = 0;
        for (let without = narrowing.next(); without !== undefined; without = narrowing.next()) {
          const left = without;
          narrowing.judge(!guilt.some((guilty, i) => guilty && !left.has(String(i))));
          questions++;
        }
        const guilty = narrowing.guilty.map(({ hash }) => hash);
        assert.deepEqual(guilty, guilt.flatMap((bad, i) => (bad ? [String(i)] : [])));
        assert.ok(questions <= 2 + 2 * guilty.length * Math.ceil(Math.log2(guilt.length)));
      }),
      { numRuns: 300 },
    );
  });
});
