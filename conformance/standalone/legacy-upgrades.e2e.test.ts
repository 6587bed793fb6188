import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { test } from 'node:test';
import { everyHost, legacy, listener } from './legacy.ts';
import { serviceAt } from './manifests.ts';
import { serveHttp } from './serve-http.ts';
import { Standalone } from './standalone.ts';

test('upgrades that a Mapping names go through, and no others', async () => {
  const server = createServer();
  server.on(
    'upgrade',
    (_, socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: own/1\r\n\r\n'),
  );
  await using serving = await serveHttp(server);
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('http') + everyHost() + serviceAt('a', serving.port) +
        legacy('Mapping', 'named', '{ hostname: "*", prefix: /named/, service: a, allow_upgrade: [own/1] }') +
        legacy('Mapping', 'usual', '{ hostname: "*", prefix: /usual/, service: a }'),
    },
  });
  const upgrade = (path: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { connection: 'upgrade', upgrade: 'own/1' };
      const outgoing = request({ port: dragoman.port('http'), path, headers, agent: false });
      outgoing.on('upgrade', ({ statusCode }, socket) => {
        socket.destroy();
        resolve(statusCode);
      });
      outgoing.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  assert.equal(await upgrade('/named/'), 101);
  assert.equal(await upgrade('/usual/'), 403);
});
