import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Resource } from '../envoy/resource.ts';
import { fake } from './testing/fake.ts';
import { type Script, script } from './testing/script.ts';

const RC = 'ns/gw/80';

function cluster(name: string, version = 'v1'): Resource[] {
  return [fake(`Cluster|${name}`, version), fake(`ClusterLoadAssignment|${name}`, 'e1')];
}

function host(domain: string, version: string, ...clusters: readonly string[]): Resource {
  return fake(`VirtualHost|${RC}/${domain}`, version, { needs: clusters.map((name) => `Cluster|${name}`) });
}

const PORT = [fake('Listener|l', 'l1'), fake(`RouteConfiguration|${RC}`, 'r1')];

/** A proxy that has cluster `a`, a listener, its RouteConfiguration and `one.test`; nonces go up to 6. */
function connected(options: Parameters<typeof script>[1] = {}): Script {
  const it = script([...cluster('a'), ...PORT, host('one.test', 'h1', 'a')], options);
  assert.deepEqual(it.send('CDS'), ['CDS 1: a=v1']);
  assert.deepEqual(it.send('EDS +a'), ['EDS 2: a=e1']);
  assert.deepEqual(it.send('CDS ack 1'), []);
  assert.deepEqual(it.send('LDS'), ['LDS 3: l=l1']);
  assert.deepEqual(it.send('EDS ack 2'), []);
  assert.deepEqual(it.send(`RDS +${RC}`), [`RDS 4: ${RC}=r1`]);
  assert.deepEqual(it.send('VHDS'), []);
  assert.deepEqual(it.send('LDS ack 3'), []);
  assert.deepEqual(it.send('RDS ack 4'), [`VHDS 5: ${RC}/one.test=h1`]);
  assert.deepEqual(it.send('VHDS ack 5'), []);
  return it;
}

describe('a first connection', () => {
  it('gets everything in the order in which Envoy asks', () => {
    connected();
  });

  it('is answered at once when there is nothing', () => {
    const it = script([]);
    assert.deepEqual(it.send('CDS'), ['CDS 1:']);
    assert.deepEqual(it.send('LDS'), ['LDS 2:']);
    assert.deepEqual(it.send('EDS +x'), ['EDS 3: x=none']);
    assert.deepEqual(it.send('RDS +x'), ['RDS 4: x=none']);
    assert.deepEqual(it.send('SDS +x'), ['SDS 5: -x']);
    assert.deepEqual(it.change({ set: [fake('Secret|x', 's1')] }), []);
    assert.deepEqual(it.send('SDS ack 5'), ['SDS 6: x=s1']);
  });

  it('tells a RouteConfiguration without virtual hosts that it has none', () => {
    const it = script(PORT);
    it.send('CDS');
    it.send('LDS');
    it.send(`RDS +${RC}`);
    assert.deepEqual(it.send('VHDS'), []);
    assert.deepEqual(it.send('RDS ack 3'), [`VHDS 4: -${RC}/`]);
  });

  it('waits while nothing may be written', () => {
    const it = script(cluster('a'));
    it.setWritable(false);
    assert.deepEqual(it.send('CDS'), []);
    assert.deepEqual(it.setWritable(true), ['CDS 1: a=v1']);
  });
});

describe('a reconnection', () => {
  it('is sent only what differs, and removals of what is gone', () => {
    const it = script([...cluster('a', 'v2'), ...PORT, host('one.test', 'h1', 'a')]);
    assert.deepEqual(it.send('CDS a=v1 b=v1'), ['CDS 1: a=v2']);
    // The changed cluster warms, and needs its endpoints again.
    assert.deepEqual(it.send('EDS +a=e1 +b=e1'), ['EDS 2: a=e1']);
    assert.deepEqual(it.send('LDS l=l1'), ['LDS 3:']);
    assert.deepEqual(it.send(`RDS +${RC}=r1`), []);
    assert.deepEqual(it.send(`VHDS ${RC}/one.test=h1 ${RC}/two.test=h1`), [`VHDS 4: -${RC}/two.test`]);
    // Which clusters the other virtual host used is unknown: none may go before it.
    assert.deepEqual(it.send('CDS ack 1'), []);
    assert.deepEqual(it.send('LDS ack 3'), []);
    assert.deepEqual(it.send('VHDS ack 4'), ['CDS 5: -b']);
  });

  it('removes what a broken stream may have left, though the proxy does not name it', () => {
    const unsure = new Map<string, string>();
    const broken = connected({ unsure });
    assert.deepEqual(broken.change({ set: [fake('Listener|m', 'm1'), fake('Listener|bad', 'b1')] }), [
      'LDS 6: bad=b1 m=m1',
    ]);
    broken.session.close();
    const it = script([...cluster('a'), ...PORT], { unsure });
    it.send('CDS a=v1');
    assert.deepEqual(it.send('LDS l=l1'), ['LDS 2: -bad -m']);
  });

  it('sends a version again that another may have taken the place of on a broken stream', () => {
    const unsure = new Map<string, string>();
    const broken = connected({ unsure });
    broken.change({ set: [fake('Listener|l', 'l2'), fake('Listener|bad', 'b1')] });
    broken.send('LDS nack 6 bad: why');
    broken.session.close();
    const it = script([...cluster('a'), ...PORT], { unsure });
    it.send('CDS a=v1');
    assert.deepEqual(it.send('LDS l=l1'), ['LDS 2: l=l1 -bad']);
  });

  it('gives endpoints of any version to a proxy whose clusters still warm', () => {
    const it = script([...cluster('a'), ...PORT]);
    assert.deepEqual(it.send('EDS +a=e1'), ['EDS 1: a=e1']);
    assert.deepEqual(it.send('EDS ack 1'), []);
    assert.deepEqual(it.send('CDS a=v1'), ['CDS 2:']);
  });
});

describe('flow control', () => {
  it('keeps one response in flight, and merges what changes meanwhile', () => {
    const it = connected();
    assert.deepEqual(it.change({ set: [host('one.test', 'h2', 'a')] }), [`VHDS 6: ${RC}/one.test=h2`]);
    assert.deepEqual(it.change({ set: [host('one.test', 'h3', 'a')] }), []);
    assert.deepEqual(it.change({ set: [host('one.test', 'h4', 'a'), host('two.test', 'h1', 'a')] }), []);
    assert.deepEqual(it.send('VHDS ack 6'), [`VHDS 7: ${RC}/one.test=h4 ${RC}/two.test=h1`]);
  });

  it('ignores stale nonces', () => {
    const it = connected();
    it.change({ set: [host('one.test', 'h2', 'a')] });
    it.change({ set: [host('one.test', 'h3', 'a')] });
    assert.deepEqual(it.send('VHDS ack 5'), []);
    assert.deepEqual(it.send('VHDS nack 5 old news'), []);
    assert.deepEqual(it.send('VHDS ack 6'), [`VHDS 7: ${RC}/one.test=h3`]);
  });

  it('sends nothing for a change back to what the proxy has', () => {
    const it = connected();
    it.change({ set: [host('one.test', 'h2', 'a')] });
    it.change({ set: [host('one.test', 'h3', 'a')] });
    it.change({ set: [host('one.test', 'h2', 'a')] });
    assert.deepEqual(it.send('VHDS ack 6'), []);
  });

  it('knows a cluster that is there again before withheld ACKs tell of it', () => {
    const it = connected();
    const b = cluster('b');
    const keys = b.map(({ key }) => key);
    it.change({ set: b });
    it.change({ remove: keys });
    assert.deepEqual(it.send('LDS ack 7'), ['CDS 8: -b']);
    it.change({ set: b });
    assert.deepEqual(it.send('LDS ack 9'), ['CDS 10: b=v1']);
    it.send('CDS ack 6');
    it.send('CDS ack 8');
    assert.deepEqual(it.change({ remove: keys }), ['LDS 11:']);
    assert.deepEqual(it.send('LDS ack 11'), ['CDS 12: -b']);
  });

  it('goes on with clusters when Envoy withholds an ACK that it has read', () => {
    const it = connected();
    assert.deepEqual(it.change({ set: cluster('stuck') }), ['CDS 6: stuck=v1']);
    // Another change asks by an empty response whether the first has been read.
    assert.deepEqual(it.change({ set: [...cluster('b'), host('b.test', 'h1', 'b')] }), ['LDS 7:']);
    assert.deepEqual(it.send('LDS ack 7'), ['CDS 8: b=v1']);
    assert.deepEqual(it.send('EDS +b'), ['EDS 9: b=e1']);
    assert.deepEqual(it.send('EDS ack 9'), [`VHDS 10: ${RC}/b.test=h1`]);
  });
});

describe('make before break', () => {
  it('holds a virtual host back until its cluster is warm, and others not', () => {
    const it = connected();
    assert.deepEqual(
      it.change({ set: [...cluster('b'), host('one.test', 'h2', 'b'), host('two.test', 'h1', 'a')] }),
      ['CDS 6: b=v1', `VHDS 7: ${RC}/two.test=h1`],
    );
    assert.deepEqual(it.send('VHDS ack 7'), []);
    assert.deepEqual(it.send('EDS +b'), ['EDS 8: b=e1']);
    assert.deepEqual(it.send('EDS ack 8'), [`VHDS 9: ${RC}/one.test=h2`]);
  });

  it('waits for the secret of a cluster', () => {
    const it = connected();
    it.change({ set: [...cluster('b'), fake('Secret|s', 's1'), host('one.test', 'h2', 'b')] });
    assert.deepEqual(it.send('EDS +b'), ['EDS 7: b=e1']);
    assert.deepEqual(it.send('SDS +s'), ['SDS 8: s=s1']);
    assert.deepEqual(it.send('EDS ack 7'), []);
    assert.deepEqual(it.send('SDS ack 8'), [`VHDS 9: ${RC}/one.test=h2`]);
  });

  it('removes a cluster after the last virtual host that used it is acknowledged', () => {
    const it = connected();
    assert.deepEqual(
      it.change({ set: [host('one.test', 'h2')], remove: ['Cluster|a', 'ClusterLoadAssignment|a'] }),
      [`VHDS 6: ${RC}/one.test=h2`],
    );
    assert.deepEqual(it.send('VHDS ack 6'), ['CDS 7: -a']);
  });

  it('keeps a cluster whose virtual host was refused', () => {
    const it = connected();
    it.change({ set: [host('one.test', 'h2')], remove: ['Cluster|a', 'ClusterLoadAssignment|a'] });
    assert.deepEqual(it.send('VHDS nack 6 no'), []);
    assert.deepEqual(it.change({ set: [host('one.test', 'h3')] }), [`VHDS 7: ${RC}/one.test=h3`]);
    assert.deepEqual(it.send('VHDS ack 7'), ['CDS 8: -a']);
  });

  it('keeps a virtual host until the one that takes over its requests is there', () => {
    const it = connected();
    assert.deepEqual(
      it.change({
        set: [...cluster('b'), host('*.test', 'h1', 'b')],
        remove: [`VirtualHost|${RC}/one.test`],
      }),
      ['CDS 6: b=v1'],
    );
    it.send('EDS +b');
    assert.deepEqual(it.send('EDS ack 7'), [`VHDS 8: ${RC}/*.test=h1 -${RC}/one.test`]);
  });

  it('holds back what needs a cluster whose endpoints are not known yet', () => {
    const it = connected();
    const pending = fake('ClusterLoadAssignment|b', 'pending', { pending: true });
    assert.deepEqual(
      it.change({ set: [fake('Cluster|b', 'v1'), pending, host('one.test', 'h2', 'b')] }),
      ['CDS 6: b=v1'],
    );
    assert.deepEqual(it.send('EDS +b'), []);
    assert.deepEqual(it.change({ set: [fake('ClusterLoadAssignment|b', 'e1')] }), ['EDS 7: b=e1']);
    assert.deepEqual(it.send('EDS ack 7'), [`VHDS 8: ${RC}/one.test=h2`]);
    // What a proxy has is kept.
    assert.deepEqual(it.change({ set: [pending] }), []);
  });

  it('sends endpoints again after their cluster has changed', () => {
    const it = connected();
    assert.deepEqual(it.change({ set: cluster('a', 'v2') }), ['CDS 6: a=v2', 'EDS 7: a=e1']);
  });

  it('leaves the virtual hosts of a removed listener to what drains', () => {
    const it = connected();
    const all = [
      'Listener|l',
      `RouteConfiguration|${RC}`,
      `VirtualHost|${RC}/one.test`,
      'Cluster|a',
      'ClusterLoadAssignment|a',
    ];
    assert.deepEqual(it.change({ remove: all }), ['LDS 6: -l']);
    assert.deepEqual(it.send('LDS ack 6'), []);
    assert.deepEqual(it.send(`RDS -${RC}`), [`VHDS 7: -${RC}/one.test`]);
    assert.deepEqual(it.send('VHDS ack 7'), ['CDS 8: -a']);
  });
});

describe('refusals', () => {
  it('halves a refused response until the guilty are alone, and never sends those again', () => {
    const it = connected();
    const hosts = ['a', 'b', 'c', 'd'].map((name) => host(`${name}.test`, `h-${name}`, 'a'));
    it.change({ set: hosts });
    assert.deepEqual(it.send('VHDS nack 6 something'), [`VHDS 7: ${RC}/a.test=h-a ${RC}/b.test=h-b`]);
    assert.deepEqual(it.send('VHDS ack 7'), [`VHDS 8: ${RC}/c.test=h-c ${RC}/d.test=h-d`]);
    assert.deepEqual(it.send('VHDS nack 8 something'), [`VHDS 9: ${RC}/c.test=h-c`]);
    assert.deepEqual(it.send('VHDS nack 9 something'), [`VHDS 10: ${RC}/d.test=h-d`]);
    assert.deepEqual(it.send('VHDS ack 10'), []);
    assert.deepEqual(it.refusals, [{
      hash: 'h-c',
      message: 'something',
      resource: `VirtualHost|${RC}/c.test`,
    }]);
    assert.deepEqual(it.change({ set: [host('c.test', 'h-c2', 'a')] }), [`VHDS 11: ${RC}/c.test=h-c2`]);
    it.send('VHDS ack 11');
    assert.deepEqual(it.change({ set: [host('c.test', 'h-c', 'a')] }), []);
  });

  it('believes the names in a message', () => {
    const it = connected();
    it.change({ set: ['b', 'c', 'd', 'e'].flatMap((name) => cluster(name)) });
    assert.deepEqual(it.send('CDS nack 6 Error adding/updating cluster(s) e: what is this?'), [
      'CDS 7: b=v1 c=v1 d=v1',
      'LDS 8:',
    ]);
    assert.deepEqual(it.send('CDS ack 7'), ['CDS 9: e=v1']);
  });

  it('blames the only part that is new', () => {
    const parts = (...hashes: readonly string[]): Resource =>
      fake(`VirtualHost|${RC}/one.test`, hashes.join(''), {
        parts: hashes.map((hash) => ({ hash, source: `of ${hash}` })),
      });
    const it = connected();
    it.change({ set: [parts('p', 'q')] });
    it.send('VHDS ack 6');
    it.change({ set: [parts('p', 'q', 'x')] });
    it.send('VHDS nack 7 bad x');
    assert.deepEqual(it.refusals, [
      { hash: 'x', source: 'of x', message: 'bad x', resource: `VirtualHost|${RC}/one.test` },
    ]);
  });

  it('finds the guilty among several new parts by leaving some out', () => {
    const resource = (hashes: readonly string[]): Resource =>
      fake(`VirtualHost|${RC}/one.test`, hashes.join(''), {
        parts: hashes.map((hash) => ({ hash, source: hash })),
      });
    const all = ['p', 'q', 'x', 'y'];
    const it = connected({ assemble: (_, without) => resource(all.filter((hash) => !without.has(hash))) });
    it.change({ set: [resource(all)] });
    assert.deepEqual(it.send('VHDS nack 6 no'), [`VHDS 7: ${RC}/one.test=pq`]);
    // All of x and y were refused already.
    assert.deepEqual(it.send('VHDS ack 7'), [`VHDS 8: ${RC}/one.test=pqx`]);
    assert.deepEqual(it.send('VHDS nack 8 bad x'), [`VHDS 9: ${RC}/one.test=pqy`]);
    assert.deepEqual(it.refusals.map(({ hash, message }) => ({ hash, message })), [{
      hash: 'x',
      message: 'bad x',
    }]);
    assert.deepEqual(it.send('VHDS ack 9'), []);
    assert.deepEqual(it.change({ set: [resource(['p', 'q', 'y'])] }), []);
  });

  it('takes a change up that comes while it looks for the guilty', () => {
    const resource = (hashes: readonly string[]): Resource =>
      fake(`VirtualHost|${RC}/one.test`, hashes.join(''), {
        parts: hashes.map((hash) => ({ hash, source: hash })),
      });
    const all = ['p', 'q', 'x', 'y'];
    const it = connected({ assemble: (_, without) => resource(all.filter((hash) => !without.has(hash))) });
    it.change({ set: [resource(all)] });
    assert.deepEqual(it.send('VHDS nack 6 no'), [`VHDS 7: ${RC}/one.test=pq`]);
    assert.deepEqual(it.change({ set: [resource(['p', 'z'])] }), []);
    assert.deepEqual(it.send('VHDS ack 7'), [`VHDS 8: ${RC}/one.test=pz`]);
    assert.deepEqual(it.refusals, []);
  });

  it('sends secrets one by one, since Envoy accepts what it refused if it is sent again', () => {
    const it = connected();
    it.change({ set: [fake('Secret|one', 's1'), fake('Secret|two', 's2')] });
    assert.deepEqual(it.send('SDS +one +two'), ['SDS 6: one=s1']);
    assert.deepEqual(it.send('SDS nack 6 no'), ['SDS 7: two=s2']);
    // Who asked is told that there is none.
    assert.deepEqual(it.send('SDS ack 7'), ['SDS 8: -one']);
    assert.deepEqual(it.send('SDS ack 8'), []);
    assert.deepEqual(it.refusals.map(({ hash, resource }) => [hash, resource]), [['s1', 'Secret|one']]);
  });

  it('gives a changed cluster the endpoints that it had if the new ones are refused among others', () => {
    const refused = new Set<string>();
    const it = connected({ refused });
    it.change({ set: [...cluster('b'), ...cluster('c'), host('two.test', 'h1', 'b', 'c')] });
    assert.deepEqual(it.send('EDS +b +c'), ['EDS 7: b=e1 c=e1']);
    it.send('EDS ack 7');
    it.send('CDS ack 6');
    it.send('VHDS ack 8');
    const next = (name: string): Resource => fake(`ClusterLoadAssignment|${name}`, `${name}2`);
    it.change({ set: [fake('Cluster|b', 'v2'), next('b'), next('c')] });
    // Another stream has found out.
    refused.add('b2');
    assert.deepEqual(it.send('EDS nack 10 why'), ['EDS 11: b=e1']);
    assert.deepEqual(it.send('EDS ack 11'), ['EDS 12: c=c2']);
  });

  it('lets routes use a cluster whose endpoints are of an earlier stream if those that follow are refused', () => {
    const it = script([
      ...cluster('a'),
      fake('ClusterLoadAssignment|a', 'bad'),
      ...PORT,
      host('one.test', 'h1', 'a'),
    ]);
    assert.deepEqual(it.send('CDS'), ['CDS 1: a=v1']);
    assert.deepEqual(it.send('EDS +a=e1'), ['EDS 2: a=bad']);
    it.send('CDS ack 1');
    it.send('EDS nack 2 why');
    it.send('LDS l=l1');
    it.send('LDS ack 3');
    it.send(`RDS +${RC}=r1`);
    assert.deepEqual(it.send('VHDS'), [`VHDS 4: ${RC}/one.test=h1`]);
  });

  it('lets routes go on without a refused cluster', () => {
    const it = connected();
    it.change({ set: [...cluster('b', 'bad'), host('two.test', 'h1', 'a', 'b')] });
    assert.deepEqual(it.send('CDS nack 6 no'), [`VHDS 7: ${RC}/two.test=h1`]);
    assert.deepEqual(it.refusals.map(({ hash }) => hash), ['bad']);
  });
});

describe('a filter that is fetched by name', () => {
  const filter = (version: string, ...clusters: readonly string[]): Resource =>
    fake('TypedExtensionConfig|t', version, { needs: clusters.map((name) => `Cluster|${name}`) });

  it('waits for its clusters, and keeps those that it had until it is replaced', () => {
    const it = script([...cluster('a'), fake('Listener|l', 'l1'), filter('t1', 'a')]);
    assert.deepEqual(it.send('CDS'), ['CDS 1: a=v1']);
    assert.deepEqual(it.send('EDS +a'), ['EDS 2: a=e1']);
    assert.deepEqual(it.send('CDS ack 1'), []);
    assert.deepEqual(it.send('LDS'), ['LDS 3: l=l1']);
    assert.deepEqual(it.send('ECDS +t'), []);
    assert.deepEqual(it.send('EDS ack 2'), ['ECDS 4: t=t1']);
    assert.deepEqual(it.send('LDS ack 3'), []);
    assert.deepEqual(it.send('ECDS ack 4'), []);

    const gone = ['Cluster|a', 'ClusterLoadAssignment|a'];
    assert.deepEqual(it.change({ set: [...cluster('b'), filter('t2', 'b')], remove: gone }), ['CDS 5: b=v1']);
    assert.deepEqual(it.send('EDS +b'), ['EDS 6: b=e1']);
    assert.deepEqual(it.send('CDS ack 5'), []);
    assert.deepEqual(it.send('EDS ack 6'), ['ECDS 7: t=t2']);
    assert.deepEqual(it.send('ECDS ack 7'), ['CDS 8: -a']);
  });

  it('keeps its clusters on a new stream until it is known what it needs', () => {
    const it = script([...cluster('b'), fake('Listener|l', 'l1'), filter('t2', 'b')]);
    assert.deepEqual(it.send('CDS a=v1 b=v1'), ['CDS 1:']);
    assert.deepEqual(it.send('EDS +a=e1 +b=e1'), []);
    assert.deepEqual(it.send('LDS l=l1'), ['LDS 2:']);
    assert.deepEqual(it.send('ECDS +t=t1'), ['ECDS 3: t=t2']);
    assert.deepEqual(it.send('CDS ack 1'), []);
    assert.deepEqual(it.send('LDS ack 2'), []);
    assert.deepEqual(it.send('ECDS ack 3'), ['CDS 4: -a']);
  });
});
