import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fleets, routeConfigOf } from './fleet.ts';
import { fake } from './testing/fake.ts';
import { createSource } from './testing/source.ts';

describe('Fleets', () => {
  it('gives each fleet the changes of its own members', () => {
    const source = createSource();
    const fleets = new Fleets(source);
    const shared = fake('Cluster|a', '1');
    fleets.apply(source.update({ set: [shared], fleet: 'x' }));
    const joined = fleets.apply(source.update({ set: [shared, fake('Cluster|b', '1')], fleet: 'y' }));
    assert.deepEqual([...joined.keys()], ['y']);
    const changed = fleets.apply(source.update({ set: [fake('Cluster|a', '2')], fleet: 'x' }));
    assert.deepEqual(
      [...changed].map((
        [fleet, list],
      ) => [fleet, list.map(({ name, after }) => `${name}=${after?.version}`)]),
      [
        ['x', ['a=2']],
        ['y', ['a=2']],
      ],
    );
    assert.equal(fleets.snapshot('y').get('Cluster', 'a')?.version, '2');
    assert.equal(fleets.snapshot('x').get('Cluster', 'b'), undefined);
  });

  it('reports the loss of a resource, and of a membership', () => {
    const source = createSource();
    const fleets = new Fleets(source);
    fleets.apply(source.update({ set: [fake('VirtualHost|rc/a', '1')] }));
    assert.deepEqual([...fleets.snapshot('f').virtualHosts('rc')], ['rc/a']);
    const changes = fleets.apply(source.update({ remove: ['VirtualHost|rc/a'] }));
    assert.equal(changes.get('f')?.[0]?.after, undefined);
    assert.deepEqual([...fleets.snapshot('f').virtualHosts('rc')], []);
    assert.deepEqual([...fleets.snapshot('f').names('VirtualHost')], []);
  });

  it('starts with what the collections hold', () => {
    const source = createSource();
    source.update({ set: [fake('Cluster|a', '1')] });
    assert.equal(new Fleets(source).snapshot('f').get('Cluster', 'a')?.version, '1');
  });

  it('says nothing of a resource whose version stays', () => {
    const source = createSource();
    const fleets = new Fleets(source);
    fleets.apply(source.update({ set: [fake('Cluster|a', '1')] }));
    assert.equal(fleets.apply(source.update({ set: [fake('Cluster|a', '1', { needs: ['x'] })] })).size, 0);
  });
});

describe('routeConfigOf()', () => {
  it('is the name up to the last slash', () => {
    assert.equal(routeConfigOf('ns/gw/80/*.example.com'), 'ns/gw/80');
    assert.equal(routeConfigOf('plain'), '');
  });
});
