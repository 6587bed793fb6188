import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyHost, legacy, listener } from './legacy.ts';
import { service } from './manifests.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';

/** What the Module says, and the statuses of a client with this address behind a trusted proxy, and without. */
const cases: Readonly<Record<string, readonly [behind: number, direct: number]>> = {
  '{}': [200, 200],
  '{ ip_allow: [{ remote: 203.0.113.0/24 }] }': [200, 403],
  '{ ip_allow: [{ remote: 203.0.113.7 }, { remote: "2001:db8::/32" }] }': [200, 403],
  '{ ip_allow: [{ peer: 203.0.113.0/24 }] }': [403, 403],
  '{ ip_allow: [{ peer: 127.0.0.0/8 }] }': [200, 200],
  '{ ip_deny: [{ remote: 203.0.113.0/24 }] }': [403, 200],
  '{ ip_deny: [{ peer: 127.0.0.1 }] }': [403, 403],
  '{ ip_deny: [{ remote: 203.0.113.0/33 }] }': [500, 500],
  '{ ip_allow: [{ peer: 127.0.0.1 }], ip_deny: [{ remote: 203.0.113.7 }] }': [500, 500],
};

test('the Module says which clients may come in, and what it cannot say lets nobody in', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('http') + everyHost() + service('a') +
        legacy('Mapping', 'a', '{ hostname: "*", prefix: /, service: a }') +
        legacy('Mapping', 'open', '{ hostname: "*", prefix: /open/, service: a, bypass_auth: true }'),
      'module.yaml': '',
    },
  });
  const get = async (path: string, headers = {}): Promise<number> =>
    (await send({ port: dragoman.port('http'), host: 'www.example', path, headers })).status;
  const forwarded = { 'x-forwarded-for': '203.0.113.7' };
  for (const [config, [behind, direct]] of Object.entries(cases)) {
    await dragoman.write('module.yaml', legacy('Module', 'ambassador', `{ config: ${config} }`));
    await eventually(async () => {
      assert.deepEqual([await get('/', forwarded), await get('/')], [behind, direct], config);
      assert.equal(await get('/open/', forwarded), behind, config);
    });
    const told = dragoman.running.dataflow.diagnostics.get('Module/default/ambassador')?.diagnostics ?? [];
    assert.equal(told.some(({ severity }) => severity === 'error'), behind === 500, config);
  }
});
