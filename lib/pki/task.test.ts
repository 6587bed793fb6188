import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';

import { readAuthority } from './authority.ts';
import { Leaves } from './leaves.ts';
import { LIFETIMES } from './lifetimes.ts';
import { certificatesIn } from './secret-data.ts';
import { controller, DAY, Installation, proxy, START } from './testing/installation.ts';

const WEB = 'shop/web-xds';

async function settled(): Promise<Installation> {
  const installation = new Installation();
  await installation.settle();
  return installation;
}

/** Of one Secret, replaced in part. */
function spoil(installation: Installation, secret: string, change: Readonly<Record<string, string>>): void {
  installation.leaves.set(secret, { ...installation.data(secret), ...change });
}

describe('nextTask()', () => {
  it('makes a root first, then what is signed by it, and then waits until two thirds of that have passed', async () => {
    const installation = new Installation();
    assert.deepEqual(await installation.settle(), [
      'create',
      'dragoman-system/dragoman-xds: missing, shop/web-xds: missing, news/web-xds: missing',
    ]);
    const waited = installation.waitForWork();
    assert.ok(waited > 19 * DAY && waited < 21 * DAY, `${waited / DAY} days`);
    assert.deepEqual(await installation.settle(), [
      'dragoman-system/dragoman-xds: time, shop/web-xds: time, news/web-xds: time',
    ]);
  });

  it('issues to a Gateway that is new, and touches nothing else', async () => {
    const installation = await settled();
    installation.wanted = [...installation.wanted, proxy('shop/api')];
    assert.deepEqual(await installation.settle(), ['shop/api-xds: missing']);
  });

  it('looks again at what has changed, and at nothing else', async () => {
    const installation = await settled();
    const asked: string[] = [];
    for (const [secret, data] of installation.leaves) {
      const watched = new Proxy(data, {
        get: (target, key) => {
          asked.push(secret);
          return Reflect.get(target, key);
        },
      });
      installation.leaves.set(secret, watched);
    }
    const leaves = new Leaves();
    for (const leaf of installation.wanted) leaves.want(leaf);
    for (const [secret, data] of installation.leaves) leaves.observe(secret, data);
    const authority = readAuthority(installation.authority ?? {}, START);
    assert.ok(authority);
    assert.deepEqual(leaves.faults(authority, START), []);
    assert.equal(new Set(asked).size, 3);
    asked.length = 0;
    leaves.want(proxy('shop/api'));
    leaves.observe('news/web-xds', installation.data('news/web-xds'));
    assert.deepEqual(leaves.faults(authority, START), [{ wanted: proxy('shop/api'), fault: 'missing' }]);
    assert.deepEqual([...new Set(asked)], ['news/web-xds']);
  });

  it('issues again what was altered, by what is wrong with it', async () => {
    const other = await settled();
    const cases: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ['broken', { 'tls.crt': 'nonsense' }],
      ['broken', { 'tls.key': other.data(WEB)['tls.key'] ?? '' }],
      ['broken', { 'tls.key': '' }],
      ['issuer', other.data(WEB)],
      ['trust', { 'ca.crt': '' }],
      ['trust', { 'ca.crt': other.data(WEB)['ca.crt'] ?? '' }],
    ];
    for (const [fault, change] of cases) {
      const installation = await settled();
      spoil(installation, WEB, change);
      assert.deepEqual(await installation.settle(), [`${WEB}: ${fault}`]);
    }
  });

  it('takes no certificate of one Gateway for another', async () => {
    const installation = await settled();
    installation.leaves.set('news/web-xds', installation.data(WEB));
    assert.deepEqual(await installation.settle(), ['news/web-xds: identity']);
  });

  it('issues again what a clock that was ahead has dated into the future', async () => {
    const installation = await settled();
    installation.now -= DAY;
    assert.match((await installation.settle()).join(), /shop\/web-xds: time/);
  });

  it('makes a new root at once where the old one is gone or cannot sign, and trusts the old one no more', async () => {
    const intact = await settled();
    const { authority = {} } = intact;
    for (
      const left of [
        undefined,
        {},
        { ...authority, 'tls.key': '' },
        { ...authority, 'tls.crt': intact.data(WEB)['tls.crt'] ?? '' },
      ]
    ) {
      const installation = await settled();
      installation.authority = left;
      assert.deepEqual((await installation.settle())[0], 'create');
      const trusted = certificatesIn(installation.data(WEB)['ca.crt'] ?? '');
      assert.deepEqual(trusted, [installation.authority?.['tls.crt']]);
      assert.notEqual(trusted[0], authority['tls.crt']);
    }
  });

  it('brings a bundle in order that others wrote to, and the certificates that carry it', async () => {
    const installation = await settled();
    const { authority } = installation;
    installation.authority = { ...authority, 'ca.crt': '', note: 'mine' };
    assert.deepEqual(await installation.settle(), ['repair']);
    assert.deepEqual(installation.authority, authority);
  });

  it('replaces a root a year before its end, in three steps with time to settle between them', async () => {
    const installation = await settled();
    const [first = ''] = certificatesIn(installation.authority?.['ca.crt'] ?? '');
    installation.now = START + LIFETIMES.root - LIFETIMES.rootOverlap - 1_000;
    assert.doesNotMatch((await installation.settle()).join(), /announce/);
    installation.now += 1_000;
    const trust = 'dragoman-system/dragoman-xds: trust, shop/web-xds: trust, news/web-xds: trust';
    assert.deepEqual(await installation.settle(), ['announce', trust, 'settled']);
    assert.equal(certificatesIn(installation.data(WEB)['ca.crt'] ?? '').length, 2);
    assert.equal(installation.waitForWork(), LIFETIMES.settle);
    assert.deepEqual(await installation.settle(), [
      'promote',
      trust.replaceAll('trust', 'issuer'),
      'settled',
    ]);
    const [second = '', previous] = certificatesIn(installation.data(WEB)['ca.crt'] ?? '');
    assert.equal(previous, first);
    assert.equal(installation.waitForWork(), LIFETIMES.settle);
    assert.deepEqual(await installation.settle(), ['retire', trust]);
    assert.deepEqual(certificatesIn(installation.data(WEB)['ca.crt'] ?? ''), [second]);
    const leaf = new X509Certificate(installation.data(WEB)['tls.crt'] ?? '');
    assert.ok(leaf.verify(new X509Certificate(second).publicKey));
  });

  it('waits with the next step for a Secret that does not carry the one before', async () => {
    const installation = await settled();
    installation.now = START + LIFETIMES.root - LIFETIMES.rootOverlap;
    await installation.perform(installation.task());
    for (let days = 0; days < 3; days++) {
      const task = installation.task();
      assert.equal(task.kind, 'leaves');
      await installation.perform(task, 'news/web-xds');
      installation.now += DAY;
    }
    assert.deepEqual(await installation.settle(), ['news/web-xds: trust', 'settled']);
  });

  it('does not let a Secret that cannot be written keep a root beyond its end', async () => {
    const installation = await settled();
    installation.now = START + LIFETIMES.root - LIFETIMES.rootOverlap;
    await installation.perform(installation.task());
    installation.now = START + LIFETIMES.root - 2 * LIFETIMES.settle;
    assert.equal((await installation.settle())[0], 'promote');
  });

  it('promotes a root whose predecessor ended while nobody worked, and drops that one', async () => {
    const installation = await settled();
    installation.now = START + LIFETIMES.root - LIFETIMES.rootOverlap;
    await installation.perform(installation.task());
    installation.now = START + LIFETIMES.root;
    const [promote, repair] = await installation.settle();
    assert.deepEqual([promote, repair], ['promote', 'repair']);
    assert.equal(certificatesIn(installation.data(WEB)['ca.crt'] ?? '').length, 1);
  });

  it('waits for nothing where nobody is to have a certificate', () => {
    const installation = new Installation();
    installation.wanted = [];
    assert.equal(installation.task().kind, 'authority');
  });
});

describe('issue()', () => {
  it('gives proxies one name and no right to serve, and controllers all of theirs', async () => {
    const installation = await settled();
    const client = new X509Certificate(installation.data(WEB)['tls.crt'] ?? '');
    assert.equal(client.subjectAltName, 'URI:spiffe://dragoman.dev/ns/shop/gateway/web');
    assert.equal(client.ca, false);
    const server = new X509Certificate(installation.data(controller.secret)['tls.crt'] ?? '');
    assert.equal(
      server.subjectAltName,
      'DNS:dragoman-xds.dragoman-system.svc, DNS:dragoman-xds.dragoman-system.svc.cluster.local, ' +
        'DNS:dragoman-xds, URI:spiffe://dragoman.dev/controller',
    );
  });

  it('never lets a certificate last longer than its root', async () => {
    const installation = await settled();
    const { now } = installation;
    const root = new X509Certificate(installation.authority?.['tls.crt'] ?? '');
    installation.now = Date.parse(root.validTo) - 3 * DAY;
    installation.leaves.clear();
    installation.wanted = [proxy('shop/web')];
    const task = installation.task();
    assert.equal(task.kind === 'authority' && task.change.step, 'announce');
    await installation.settle();
    const leaf = new X509Certificate(installation.data(WEB)['tls.crt'] ?? '');
    assert.ok(Date.parse(leaf.validTo) <= Date.parse(root.validTo));
    assert.ok(now < installation.now);
  });
});
