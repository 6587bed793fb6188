import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import { test } from 'node:test';
import { Agent, WebSocket } from 'undici';
import { Authority, tlsSecret } from './certificates.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { Standalone } from './standalone.ts';

const TO_CHAT = '[{ matches: [{ path: { value: /chat } }], backendRefs: [{ name: chat, port: 80 }] }]';

/** Sends a text by a WebSocket, and resolves to what comes back. */
function echoed(socket: WebSocket, text: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.onopen = () => socket.send(text);
    socket.onerror = () => reject(new Error('the WebSocket failed'));
    socket.onmessage = ({ data }) => {
      socket.close();
      resolve(data);
    };
  });
}

test('WebSockets of clients for HTTP/1.1 and for HTTP/2 reach a backend for HTTP/1.1', async () => {
  const ca = await Authority.create('test CA');
  const pair = await ca.issue({ commonName: 'www', names: ['localhost'] });
  // Each port takes one version, so that no client falls back to the other.
  const listener = (name: string, alpn: string): string =>
    `{ name: ${name}, port: {port:${name}}, protocol: HTTPS,
      tls: { certificateRefs: [{ name: www }], options: { dragoman.dev/alpn: ${alpn} } } }`;
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(`[${listener('one', 'http/1.1')}, ${listener('two', 'h2')}]`),
      'secret.yaml': tlsSecret('www', pair),
      'services.yaml': service('chat') + service('ws', '{ port: 80, appProtocol: kubernetes.io/ws }'),
      'route.yaml': httpRoute('chat', {
        rules: `[{ matches: [{ path: { value: /chat } }], backendRefs: [{ name: chat, port: 80 }] },
          { matches: [{ path: { value: /ws } }], backendRefs: [{ name: ws, port: 80 }] }]`,
      }),
    },
  });
  for (const name of ['one', 'two']) {
    const dispatcher = new Agent({ allowH2: name === 'two', connect: { ca: ca.cert } });
    for (const path of ['/chat', '/ws']) {
      const socket = new WebSocket(`wss://localhost:${dragoman.port(name)}${path}`, { dispatcher });
      assert.equal(await echoed(socket, `${name} ${path}`), `${name} ${path}`);
    }
    await dispatcher.destroy();
  }
});

test('CONNECT over HTTP/2 opens nothing but WebSockets', async () => {
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': gateway(),
      'services.yaml': service('chat'),
      'route.yaml': httpRoute('chat', { rules: TO_CHAT }),
    },
  });
  const session = connect(`http://127.0.0.1:${dragoman.port('http')}`);
  const [settings] = await once(session, 'remoteSettings') as [{ readonly enableConnectProtocol?: boolean }];
  assert.equal(settings.enableConnectProtocol, true);
  // As browsers do: without the headers that only HTTP/1.1 has.
  const upgrade = {
    ':method': 'CONNECT',
    ':scheme': 'http',
    ':path': '/chat',
    'sec-websocket-version': '13',
  };
  const open = async (headers: OutgoingHttpHeaders): Promise<[number | undefined, ClientHttp2Stream]> => {
    const stream = session.request(headers);
    const [{ ':status': status }] = await once(stream, 'response') as [{ readonly ':status'?: number }];
    return [status, stream];
  };
  const chats = await Promise.all(
    Array.from({ length: 5 }, () => open({ ...upgrade, ':protocol': 'websocket' })),
  );
  for (const [i, [status, stream]] of chats.entries()) {
    assert.equal(status, 200);
    // A text of one byte, masked by zeros; it comes back without a mask.
    stream.write(Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 0x30 + i));
    assert.deepEqual(await once(stream, 'data'), [Buffer.from([0x81, 0x01, 0x30 + i])]);
  }
  assert.equal((await open({ ...upgrade, ':protocol': 'connect-udp' }))[0], 404);
  assert.equal((await open({ ':method': 'CONNECT', ':authority': 'chat:80' }))[0], 404);
  session.destroy();
});
