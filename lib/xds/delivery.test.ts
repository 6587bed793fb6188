import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Delivery } from './delivery.ts';
import type { DeliveredUpdate } from './hub.ts';

const KEY = 'ns/gw|Listener|l';

function create(): { delivery: Delivery; told: () => DeliveredUpdate[] } {
  const updates: DeliveredUpdate[] = [];
  const delivery = new Delivery((changed) => updates.push(...changed));
  return { delivery, told: () => updates.splice(0) };
}

function proxies(count: number): { fleets: { fleet: string; proxies: number }[] } {
  return { fleets: [{ fleet: 'ns/gw', proxies: count }] };
}

describe('Delivery', () => {
  it('counts a version as delivered once every replica with proxies of the fleet reports it', () => {
    const { delivery, told } = create();
    delivery.report('a', { ...proxies(1), delivered: [{ key: KEY, version: '1' }] });
    assert.deepEqual(told(), [{ key: KEY, version: '1' }]);
    delivery.report('b', { ...proxies(2), delivered: [] });
    assert.deepEqual(told(), [{ key: KEY, version: undefined }]);
    delivery.report('b', { fleets: [], delivered: [{ key: KEY, version: '1' }] });
    assert.deepEqual(told(), [{ key: KEY, version: '1' }]);
    assert.equal(delivery.proxies('ns/gw'), 3);
  });

  it('asks no replica that has no proxies of the fleet', () => {
    const { delivery, told } = create();
    delivery.report('a', { ...proxies(1), delivered: [{ key: KEY, version: '1' }] });
    delivery.report('b', { fleets: [{ fleet: 'ns/other', proxies: 1 }], delivered: [] });
    assert.deepEqual(told(), [{ key: KEY, version: '1' }]);
    delivery.report('b', { ...proxies(1), delivered: [] });
    delivery.report('b', { ...proxies(0), delivered: [] });
    assert.deepEqual(told(), [{ key: KEY, version: undefined }, { key: KEY, version: '1' }]);
  });

  it('takes what a lost replica said out of account', () => {
    const { delivery, told } = create();
    delivery.report('a', { ...proxies(1), delivered: [{ key: KEY, version: '1' }] });
    delivery.report('b', { ...proxies(1), delivered: [{ key: KEY, version: '2' }] });
    told();
    delivery.forget('a');
    assert.deepEqual(told(), [{ key: KEY, version: '2' }]);
    delivery.forget('b');
    assert.deepEqual(told(), [{ key: KEY, version: undefined }]);
    delivery.forget('b');
    assert.deepEqual(told(), []);
  });

  it('forgets what a whole report does not say again, in one step', () => {
    const { delivery, told } = create();
    const other = 'ns/other|Listener|l';
    const delivered = [{ key: KEY, version: '1' }, { key: other, version: '1' }];
    delivery.report('a', { fleets: [...proxies(1).fleets, { fleet: 'ns/other', proxies: 1 }], delivered });
    told();
    delivery.report('a', { ...proxies(1), delivered: [{ key: KEY, version: '1' }], whole: true });
    assert.deepEqual(told(), [{ key: other, version: undefined }]);
    assert.equal(delivery.proxies('ns/other'), 0);
  });

  it('reportOf() is what a new listener must know', () => {
    const { delivery } = create();
    delivery.report('a', { ...proxies(2), delivered: [{ key: KEY, version: '1' }] });
    const whole = true;
    const delivered = [{ key: KEY, version: '1' }];
    assert.deepEqual(delivery.reportOf('a'), { ...proxies(2), delivered, whole });
    assert.deepEqual(delivery.reportOf('b'), { fleets: [], delivered: [], whole });
  });
});
