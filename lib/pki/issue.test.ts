// @peculiar/x509 looks its parts up by decorators, which need this first.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { X509Certificate as Certificate } from '@peculiar/x509';

import { leafOf, newLeaf, newRoot } from './issue.ts';
import { LIFETIMES } from './lifetimes.ts';
import { START } from './testing/installation.ts';

const options = { now: START, lifetimes: LIFETIMES };

/** Extensions as another implementation reads them. */
function extensionsOf(pem: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    new Certificate(pem).extensions.map(({ type, critical, value }) => [
      type,
      `${critical ? 'critical ' : ''}${Buffer.from(value).toString('hex')}`,
    ]),
  );
}

describe('newRoot()', () => {
  it('makes roots that sign leaves and no other authority', async () => {
    const { certificate, key, notAfter } = await newRoot(options);
    const root = new X509Certificate(certificate);
    assert.ok(root.ca && root.verify(root.publicKey) && root.checkPrivateKey(createPrivateKey(key)));
    assert.equal(Date.parse(root.validTo), notAfter);
    assert.match(root.subject, /^O=Dragoman\nCN=Dragoman xDS CA [0-9a-f]{8}$/);
    const { '2.5.29.19': constraints, '2.5.29.15': usage } = extensionsOf(certificate);
    assert.equal(constraints, 'critical 30060101ff020100');
    assert.equal(usage, 'critical 03020106');
  });

  it('gives each its own name', async () => {
    const [one, other] = await Promise.all([newRoot(options), newRoot(options)]);
    assert.notEqual(
      new X509Certificate(one.certificate).subject,
      new X509Certificate(other.certificate).subject,
    );
  });
});

describe('newLeaf()', () => {
  it('makes certificates that their root has issued', async () => {
    const root = await newRoot(options);
    const { certificate, key } = await newLeaf(root, { ...options, identity: { gateway: 'shop/web' } });
    const leaf = new X509Certificate(certificate);
    const issuer = new X509Certificate(root.certificate);
    assert.ok(leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey));
    assert.ok(!leaf.ca && leaf.checkPrivateKey(createPrivateKey(key)));
    assert.equal(Date.parse(leaf.validFrom), START - LIFETIMES.leafBackdate);
    assert.equal(Date.parse(leaf.validTo), START + LIFETIMES.leaf);
    const { '2.5.29.19': constraints, '2.5.29.15': usage, '2.5.29.37': uses } = extensionsOf(certificate);
    assert.equal(constraints, 'critical 3000');
    assert.equal(usage, 'critical 03020780');
    assert.equal(uses, '300a06082b06010505070302');
  });

  it('signs for a root whose name is encoded in another way', async () => {
    const root = await newRoot(options);
    // By the name of a leaf, which stands for one that others made.
    const leaf = await leafOf(root, {
      commonName: 'ä'.repeat(200),
      names: [{ type: 'dns', value: 'x'.repeat(60) }],
      uses: ['server'],
      notBefore: START,
      notAfter: Date.UTC(2060, 0, 1),
    });
    const issuer = { ...leaf, notAfter: Date.UTC(2060, 0, 1) };
    const { certificate } = await newLeaf(issuer, { ...options, identity: { gateway: 'shop/web' } });
    const read = new Certificate(certificate);
    assert.equal(read.issuer, new Certificate(leaf.certificate).subject);
  });

  it('says times of both sides of 2050 as RFC 5280 wants them', async () => {
    const now = Date.UTC(2049, 11, 20);
    const root = await newRoot({ ...options, now });
    const { certificate } = await newLeaf(root, { ...options, now, identity: { gateway: 'shop/web' } });
    const leaf = new X509Certificate(certificate);
    assert.equal(Date.parse(leaf.validFrom), now - LIFETIMES.leafBackdate);
    assert.equal(Date.parse(leaf.validTo), now + LIFETIMES.leaf);
    const text = new X509Certificate(certificate).raw.toString('latin1');
    assert.match(text, /..4912192355\d\dZ..20500119000000Z/s);
  });
});
