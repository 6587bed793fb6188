import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualHosts } from './virtual-hosts.ts';

describe('VirtualHosts.awaitsHeir()', () => {
  const cases: readonly [removed: string, blocked: string, waits: boolean][] = [
    ['rc/a.b.c', 'rc/*', true],
    ['rc/a.b.c', 'rc/*.c', true],
    ['rc/a.b.c', 'rc/*.b.c', true],
    ['rc/a.b.c', 'rc/*.a.b.c', false],
    ['rc/a.b.c', 'other/*', false],
    ['rc/a.b.c', 'rc/x.b.c', false],
    ['rc/*.b.c', 'rc/*', true],
    ['rc/*.b.c', 'rc/a.b.c', true],
    ['rc/*.b.c', 'rc/a.c', false],
    ['rc/*', 'rc/a.c', true],
    ['rc/*', 'other/a.c', false],
  ];
  for (const [removed, blocked, waits] of cases) {
    it(`${waits ? 'keeps' : 'does not keep'} ${removed} for ${blocked}`, () => {
      const hosts = new VirtualHosts();
      hosts.block(blocked);
      assert.equal(hosts.awaitsHeir(removed), waits);
      assert.deepEqual([...hosts.uncover(blocked)], []);
      hosts.unblock(blocked);
      assert.deepEqual([...hosts.uncover(blocked)], waits ? [removed] : []);
    });
  }
});
