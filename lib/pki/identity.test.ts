import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';

import { callerOf, type Identity } from './identity.ts';
import { newLeaf, newRoot } from './issue.ts';
import { LIFETIMES } from './lifetimes.ts';
import { START } from './testing/installation.ts';

async function certificateFor(identity: Identity): Promise<Uint8Array> {
  const options = { now: START, lifetimes: LIFETIMES };
  const { certificate } = await newLeaf(await newRoot(options), { identity, ...options });
  return new X509Certificate(certificate).raw;
}

describe('callerOf()', () => {
  it('names the Gateway of a proxy, and controllers', async () => {
    const proxy = await certificateFor({ gateway: 'shop/web.example' });
    assert.deepEqual(callerOf(proxy, START), { gateway: 'shop/web.example' });
    const controller = await certificateFor({ controllerIn: 'dragoman-system' });
    assert.deepEqual(callerOf(controller, START), { controller: true });
  });

  it('knows nobody without a certificate, or with one that is none', () => {
    assert.equal(callerOf(undefined, START), undefined);
    assert.equal(callerOf(new Uint8Array([1, 2, 3]), START), undefined);
  });

  it('knows nobody whose certificate is not valid at that time', async () => {
    const proxy = await certificateFor({ gateway: 'shop/web' });
    assert.deepEqual(callerOf(proxy, START + LIFETIMES.leaf), { gateway: 'shop/web' });
    assert.equal(callerOf(proxy, START + LIFETIMES.leaf + 1_000), undefined);
    assert.equal(callerOf(proxy, START - LIFETIMES.leafBackdate - 1_000), undefined);
  });

  it('takes no other name for a Gateway', async () => {
    for (const gateway of ['shop/web/more', 'shop/', 'Shop/web', 'shop/web?', 'shop/web, DNS:x']) {
      assert.equal(callerOf(await certificateFor({ gateway }), START), undefined, gateway);
    }
  });
});
