import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Authority, tlsSecret } from './certificates.ts';
import { longExponent } from './long-exponent.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { envoysOf } from './processes.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { conditionOf, Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

const GOOD = '{ backendRefs: [{ name: a, port: 80 }] }';
const HOST = 'hostnames: [www.example.com]';

/** Valid by the CRDs, but Envoy takes no line break in a path. */
function bad(text: string): string {
  const filter =
    `{ type: URLRewrite, urlRewrite: { path: { type: ReplaceFullPath, replaceFullPath: "${text}" } } }`;
  return httpRoute('bad', {
    rules:
      `[{ matches: [{ path: { value: /bad } }], filters: [${filter}], backendRefs: [{ name: a, port: 80 }] }]`,
    more: HOST,
  });
}

function parentOf(dragoman: Standalone, route: string): unknown {
  return (dragoman.status(`HTTPRoute/default/${route}`) as { parents: unknown[] }).parents[0];
}

function nacks(dragoman: Standalone): number {
  return dragoman.running.engine.xds.streams().flatMap(({ types }) => types).reduce(
    (sum, type) => sum + type.nacks,
    0,
  );
}

test('what Envoy refuses of one route breaks that route alone', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway() + service('a') + service('b'),
      'good.yaml': httpRoute('good', { rules: `[${GOOD}]`, more: HOST }),
      'bad.yaml': bad('/fine'),
    },
  });
  const get = async (path: string): Promise<string> => {
    const { status, seen } = await send({ port: dragoman.port('http'), host: 'www.example.com', path });
    return `${status} ${seen?.name ?? ''} ${seen?.path ?? ''}`.trim();
  };
  assert.deepEqual([await get('/bad'), await get('/')], ['200 a /fine', '200 a /']);
  assert.equal(nacks(dragoman), 0);

  await dragoman.write('bad.yaml', bad('/a\\nb'));
  await eventually(async () => assert.equal(await get('/bad/x'), '500'));
  for (let i = 0; i < 20; i++) assert.deepEqual([await get('/bad'), await get('/')], ['500', '200 a /']);
  const accepted = conditionOf(parentOf(dragoman, 'bad'), 'Accepted');
  assert.equal(accepted?.status, 'False');
  assert.match(accepted.message, /Envoy refuses .*[Ss]ubstitution: value does not match/s);
  // The reason, and not the resource.
  assert.doesNotMatch(accepted.message, /goo\.gle|routes \{/);
  assert.ok(accepted.message.length < 400, accepted.message);
  assert.equal(conditionOf(parentOf(dragoman, 'good'), 'Accepted')?.status, 'True');
  const told = dragoman.running.dataflow.diagnostics.get('HTTPRoute/default/bad')?.diagnostics ?? [];
  assert.ok(told.some(({ message }) => message.includes('Envoy refuses')));

  const refused = nacks(dragoman);
  assert.ok(refused >= 1 && refused <= 4, `${refused} NACKs`);
  for (const backend of ['b', 'a', 'b']) {
    await dragoman.write(
      'good.yaml',
      httpRoute('good', { rules: `[${GOOD.replace('name: a', `name: ${backend}`)}]`, more: HOST }),
    );
    await eventually(async () => assert.equal(await get('/'), `200 ${backend} /`));
    assert.equal(await get('/bad'), '500');
  }
  await sleep(300);
  assert.equal(nacks(dragoman), refused, 'edits of others provoke no further NACK');

  // A new Envoy is not sent it again.
  const [envoy] = envoysOf(process.pid);
  assert.ok(envoy !== undefined);
  process.kill(envoy, 'SIGKILL');
  await eventually(async () => assert.deepEqual([await get('/bad'), await get('/')], ['500', '200 b /']));
  assert.equal(nacks(dragoman), 0);

  await dragoman.write('bad.yaml', bad('/mended'));
  await eventually(async () => assert.equal(await get('/bad'), '200 a /mended'));
  assert.equal(conditionOf(parentOf(dragoman, 'bad'), 'Accepted')?.status, 'True');
  assert.equal(dragoman.running.dataflow.diagnostics.get('HTTPRoute/default/bad'), undefined);
});

test('several refused routes are told apart, also when they come at once', async () => {
  const fine = (name: string): string =>
    httpRoute(name, {
      rules: `[{ matches: [{ path: { value: /${name} } }], backendRefs: [{ name: a, port: 80 }] }]`,
      more: HOST,
    });
  const names = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'];
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway() + service('a'),
      'routes.yaml': names.map((name, index) =>
        index % 3 === 1 ? bad('/a\\nb').replaceAll('bad', name) : fine(name)
      ).join(''),
    },
  });
  await eventually(async () => {
    for (const [index, name] of names.entries()) {
      const { status } = await send({
        port: dragoman.port('http'),
        host: 'www.example.com',
        path: `/${name}`,
      });
      assert.equal(status, index % 3 === 1 ? 500 : 200, name);
      assert.equal(
        conditionOf(parentOf(dragoman, name), 'Accepted')?.status,
        index % 3 === 1 ? 'False' : 'True',
      );
    }
  });
});

test('a certificate that Envoy refuses is told, and the other listeners of its port serve', async () => {
  const pair = await Authority.create('CA').then((ca) => ca.issue({ commonName: 'good' }));
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(`[
        { name: good, port: {port:https}, protocol: HTTPS, tls: { certificateRefs: [{ name: good }] } },
        { name: odd, port: {port:https}, protocol: HTTPS, hostname: odd.example.com, tls: { certificateRefs: [{ name: odd }] } }]`) +
        service('a') + tlsSecret('good', pair) + httpRoute('web', { rules: `[${GOOD}]` }),
      'odd.yaml': tlsSecret('odd', longExponent),
    },
  });
  await eventually(() => {
    const [told] = dragoman.running.dataflow.diagnostics.get('Secret/default/odd')?.diagnostics ?? [];
    assert.match(told?.message ?? '', /Envoy refuses the certificates/);
  });
  const get = (serverName: string): Promise<number> =>
    sendTls({ port: dragoman.port('https'), serverName }).then(({ status }) => status);
  assert.equal(await get('www.example.com'), 200);
  await assert.rejects(get('odd.example.com'));
  await dragoman.write('odd.yaml', tlsSecret('odd', pair));
  await eventually(async () => assert.equal(await get('odd.example.com'), 200));
  assert.equal(dragoman.running.dataflow.diagnostics.get('Secret/default/odd'), undefined);
  // What serves goes on while the next one is refused.
  await dragoman.write('odd.yaml', tlsSecret('odd', longExponent));
  await eventually(() => assert.ok(dragoman.running.dataflow.diagnostics.get('Secret/default/odd')));
  assert.equal(await get('odd.example.com'), 200);
  assert.equal(await get('www.example.com'), 200);
});
