import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority, secret, tlsSecret } from './certificates.ts';
import { Http3Client } from './http3.ts';
import { legacy, listener } from './legacy.ts';
import { service } from './manifests.ts';
import { askProxied } from './proxied.ts';
import { send } from './request.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { Standalone } from './standalone.ts';
import { connectTls, sendTls } from './tls-request.ts';

test('clients are asked for certificates as a Host says, and revoked ones count no more', async () => {
  const authority = await Authority.create('test');
  const clients = await Authority.create('clients');
  const strangers = await Authority.create('strangers');
  const pair = async (name: string) => await authority.issue({ commonName: name, names: [name] });
  const good = await clients.issue({ commonName: 'good' });
  const gone = await clients.issue({ commonName: 'gone' });
  const stranger = await strangers.issue({ commonName: 'stranger' });
  const hosts = ['must', 'may', 'told', 'listed', 'unknown'];
  const mesh = await pair('mesh.example');
  const meshed = { 'cert-chain.pem': mesh.cert, 'key.pem': mesh.key, 'root-cert.pem': clients.cert };
  const host = (name: string, tls: string): string =>
    legacy('Host', name, `{ hostname: ${name}.example, tlsSecret: { name: ${name} }, tls: { ${tls} } }`);
  const secrets =
    (await Promise.all(hosts.map(async (name) => tlsSecret(name, await pair(`${name}.example`)))))
      .join('');
  await using dragoman = await Standalone.start({
    files: {
      'lists.yaml': secret('revoked', { 'crl.pem': await clients.revoke(gone) }),
      'all.yaml': listener('https', { protocol: 'HTTPS' }) + service('a') + secrets +
        // Ambassador's own users have their authorities in tls.crt, and cert-manager puts whose they are beside.
        secret('clients', { 'tls.crt': clients.cert, 'ca.crt': strangers.cert }) +
        secret('meshed', meshed) +
        legacy(
          'Host',
          'mesh',
          '{ hostname: mesh.example, tlsSecret: { name: meshed }, tls: { cert_required: true } }',
        ) +
        secret('strict', { 'tls.crt': clients.cert, cert_required: 'true' }) +
        host('must', 'ca_secret: clients, cert_required: true, ecdh_curves: [P-256]') +
        host('may', 'ca_secret: clients') +
        host('told', 'ca_secret: strict') +
        host('listed', 'ca_secret: clients, crl_secret: revoked, cert_required: true') +
        host('unknown', 'ca_secret: clients, crl_secret: missing, cert_required: true') +
        legacy('Mapping', 'a', '{ hostname: "*", prefix: /, service: a }'),
    },
  });
  const port = dragoman.port('https');
  const enters = async (name: string, client?: typeof good): Promise<boolean> =>
    await sendTls({ port, serverName: `${name}.example`, ...(client === undefined ? {} : { client }) })
      .then(({ status }) => status === 200, () => false);
  assert.deepEqual([await enters('must'), await enters('must', good), await enters('must', stranger)], [
    false,
    true,
    false,
  ]);
  // Without a certificate yes, with a wrong one no.
  assert.deepEqual([await enters('may'), await enters('may', good), await enters('may', stranger)], [
    true,
    true,
    false,
  ]);
  assert.deepEqual([await enters('told'), await enters('told', good)], [false, true]);
  assert.deepEqual([await enters('mesh'), await enters('mesh', good), await enters('mesh', stranger)], [
    false,
    true,
    false,
  ]);
  assert.deepEqual([await enters('listed', good), await enters('listed', gone)], [true, false]);
  assert.equal(await enters('unknown', good), false);
  assert.match(
    JSON.stringify(dragoman.status('Host/default/unknown')),
    /Secret default\/missing does not exist/,
  );

  await dragoman.write('lists.yaml', secret('revoked', { 'crl.pem': await clients.revoke(good, gone) }));
  await eventually(async () => assert.equal(await enters('listed', good), false));
});

test('a hostname whose Host has no TLS that is right is not served with that of a less specific Host', async () => {
  const authority = await Authority.create('test');
  const certificate = await authority.issue({ commonName: 'rest', names: ['*.example'] });
  const guarded = (more: string): string =>
    legacy(
      'Host',
      'guarded',
      `{ hostname: guarded.example, tlsSecret: { name: rest }, tls: { ca_secret: authority${more} } }`,
    );
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('https', { protocol: 'HTTPS' }) + service('a') + tlsSecret('rest', certificate) +
        secret('authority', { 'ca.crt': authority.cert }) +
        legacy('Host', 'rest', '{ hostname: "*", tlsSecret: { name: rest } }') +
        legacy('Mapping', 'a', '{ hostname: "*", prefix: /, service: a }') +
        legacy('Mapping', 'named', '{ hostname: guarded.example, prefix: /named/, service: a }'),
      'guarded.yaml': guarded(', crl_secret: missing, cert_required: true'),
    },
  });
  const port = dragoman.port('https');
  const status = (host: string, path = '/', serverName = host): Promise<number> =>
    sendTls({ port, serverName, host, path }).then((answer) => answer.status, () => 0);
  await eventually(async () => assert.equal(await status('else.example'), 200));
  for (const path of ['/', '/named/']) {
    assert.equal(await status('guarded.example', path), 421, path);
    assert.equal(await status('guarded.example', path, 'else.example'), 421, path);
  }
  await dragoman.write('guarded.yaml', guarded(''));
  await eventually(async () => assert.equal(await status('guarded.example'), 200));
});

test('the TLS of Hosts has the versions and protocols that they, or the TLSContexts that they name, say', async () => {
  const authority = await Authority.create('test');
  const hosts: Readonly<Record<string, string>> = {
    usual: '',
    own:
      ', tls: { max_tls_version: v1.2, alpn_protocols: "h2,http/1.1", cipher_suites: [ECDHE-ECDSA-AES256-GCM-SHA384] }',
    named: ', tlsContext: { name: narrow }',
    implied: '',
    elsewhere: '',
    both: ', tlsContext: { name: narrow }, tls: { alpn_protocols: h2 }',
  };
  const secrets = await Promise.all(
    Object.keys(hosts).map(async (name) =>
      tlsSecret(
        name,
        await authority.issue({ commonName: name, names: [`${name}.example`] }),
        name === 'elsewhere' ? 'certificates' : 'default',
      )
    ),
  );
  const host = ([name, more]: readonly [string, string]): string =>
    legacy(
      'Host',
      name,
      `{ hostname: ${name}.example, tlsSecret: { name: ${name}${
        name === 'elsewhere' ? ', namespace: certificates' : ''
      } }${more} }`,
    );
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('https', { protocol: 'HTTPS' }) + service('a') +
        secrets.join('') +
        Object.entries(hosts).map(host).join('') +
        legacy('TLSContext', 'narrow', '{ max_tls_version: v1.2 }') +
        legacy('TLSContext', 'implied-context', '{ max_tls_version: v1.2 }') +
        legacy('Mapping', 'a', '{ hostname: "*", prefix: /, service: a }'),
    },
  });
  const port = dragoman.port('https');
  const shown = async (name: string): Promise<unknown> => {
    const socket = await connectTls({ port, serverName: `${name}.example`, alpn: ['h2', 'http/1.1'] });
    const found = [socket.getProtocol(), socket.alpnProtocol, socket.getCipher().name];
    socket.destroy();
    return found;
  };
  assert.deepEqual(await shown('usual'), ['TLSv1.3', false, 'TLS_AES_256_GCM_SHA384']);
  assert.deepEqual(await shown('own'), ['TLSv1.2', 'h2', 'ECDHE-ECDSA-AES256-GCM-SHA384']);
  for (const name of ['named', 'implied']) assert.partialDeepStrictEqual(await shown(name), ['TLSv1.2']);
  assert.partialDeepStrictEqual(await shown('elsewhere'), ['TLSv1.3']);
  await assert.rejects(shown('both'));
});

test('entries of the tls Module are TLSContexts, and one with files of the proxy is not used', async () => {
  const authority = await Authority.create('test');
  const tls = await authority.issue({ commonName: 'secure', names: ['secure.example.com'] });
  await using dragoman = await Standalone.start({
    echoes: { secure: { tls } },
    files: {
      'all.yaml': listener('http') + service('secure') + secret('ca', { 'ca.crt': authority.cert }) +
        legacy('Host', 'all', '{ hostname: "*", requestPolicy: { insecure: { action: Route } } }') +
        legacy(
          'Module',
          'tls',
          `{ config: { upstream: { ca_secret: ca, sni: secure.example.com },
             files: { cacert_chain_file: /etc/ca.pem }, off: { enabled: false } } }`,
        ) +
        ['upstream', 'files', 'off'].map((name) =>
          legacy('Mapping', name, `{ hostname: "*", prefix: /${name}/, service: "secure:80", tls: ${name} }`)
        ).join(''),
    },
  });
  const get = async (path: string) => await send({ port: dragoman.port('http'), path, host: 'www.example' });
  assert.equal((await get('/upstream/')).seen?.tls?.serverName, 'secure.example.com');
  assert.deepEqual([(await get('/files/')).status, (await get('/off/')).status], [500, 500]);
});

test('a Secret of Istio has a certificate for backends and says whom of them to trust', async () => {
  const authority = await Authority.create('test');
  const strangers = await Authority.create('strangers');
  const tls = await authority.issue({ commonName: 'secure', names: ['secure.example.com'] });
  const own = await authority.issue({ commonName: 'own' });
  const of = (name: string, root: string): string =>
    secret(name, { 'cert-chain.pem': own.cert, 'key.pem': own.key, 'root-cert.pem': root }) +
    legacy('TLSContext', name, `{ secret: ${name}, sni: secure.example.com }`) +
    legacy(
      'Mapping',
      name,
      `{ hostname: "*", prefix: /${name}/, service: "https://secure:80", tls: ${name} }`,
    );
  await using dragoman = await Standalone.start({
    echoes: { secure: { tls } },
    files: {
      'all.yaml': listener('http') + service('secure') +
        legacy('Host', 'all', '{ hostname: "*", requestPolicy: { insecure: { action: Route } } }') +
        of('right', authority.cert) + of('wrong', strangers.cert),
    },
  });
  const get = async (path: string) => await send({ port: dragoman.port('http'), path, host: 'www.example' });
  assert.equal((await get('/right/')).seen?.tls?.serverName, 'secure.example.com');
  assert.equal((await get('/wrong/')).status, 503);
});

test('a Listener of UDP speaks HTTP/3, but to whom certificates of clients are wanted', async () => {
  const ca = await Authority.create('test');
  const pair = async (name: string) => await ca.issue({ commonName: name, names: [name] });
  const stack = (name: string, layers: string): string =>
    legacy(
      'Listener',
      name,
      `{ port: {port:https}, protocolStack: [${layers}], securityModel: XFP, hostBinding: { namespace: { from: ALL } } }`,
    );
  await using dragoman = await Standalone.start({
    files: {
      'udp.yaml': stack('three', 'TLS, HTTP, UDP'),
      'all.yaml': stack('https', 'TLS, HTTP, TCP') + service('a') + service('b') +
        tlsSecret('web', await pair('www.example.com')) +
        tlsSecret('private', await pair('private.example.com')) +
        secret('clients', { 'ca.crt': ca.cert }) +
        legacy('Host', 'web', '{ hostname: www.example.com, tlsSecret: { name: web } }') +
        legacy(
          'Host',
          'private',
          `{ hostname: private.example.com, tlsSecret: { name: private },
             tls: { ca_secret: clients, cert_required: true } }`,
        ) +
        legacy('Mapping', 'a', '{ hostname: www.example.com, prefix: /, service: a }') +
        legacy('Mapping', 'b', '{ hostname: private.example.com, prefix: /, service: b }'),
    },
  });
  const host = 'www.example.com';
  const target = { port: dragoman.port('https'), serverName: host, ca: ca.cert };
  const told = await sendTls(target);
  assert.deepEqual([told.status, told.headers['alt-svc']], [200, `h3=":${target.port}"; ma=3600`]);
  using client = await Http3Client.open(target);
  const answer = await client.send({ host, path: '/x' });
  assert.deepEqual([answer.status, answer.seen?.name], [200, 'a']);
  assert.equal((await client.send({ host: 'private.example.com' })).status, 421);
  await assert.rejects(Http3Client.open({ ...target, serverName: 'private.example.com', timeout: 1 }));

  dragoman.remove('udp.yaml');
  await eventually(async () => assert.equal((await sendTls(target)).headers['alt-svc'], undefined));
});

test('connections begin with the PROXY protocol where the Listener says so', async () => {
  const ca = await Authority.create('test');
  const pair = await ca.issue({ commonName: 'web', names: ['www.example.com'] });
  await using dragoman = await Standalone.start({
    files: {
      'all.yaml': listener('proxied', { protocol: 'HTTPPROXY', securityModel: 'SECURE' }) + service('a') +
        listener('secured', { protocol: 'HTTPSPROXY' }) + tlsSecret('web', pair) +
        legacy('Host', 'all', '{ hostname: "*" }') +
        legacy('Host', 'web', '{ hostname: www.example.com, tlsSecret: { name: web } }') +
        legacy('Mapping', 'a', '{ hostname: "*", prefix: /, service: a }') +
        legacy(
          'Listener',
          'tcp',
          '{ port: {port:tcp}, protocolStack: [PROXY, TCP], securityModel: SECURE, hostBinding: { namespace: { from: ALL } } }',
        ) +
        legacy('TCPMapping', 'a', '{ port: {port:tcp}, service: a }'),
    },
  });
  const secured = {
    port: dragoman.port('secured'),
    tls: { serverName: 'www.example.com', ca: ca.cert },
  };
  for (const version of ['v1', 'v2'] as const) {
    for (const target of [{ port: dragoman.port('proxied') }, secured]) {
      const seen = await askProxied({ ...target, version, source: ['203.0.113.7', 1234] });
      assert.equal(seen?.headers['x-forwarded-for'], '203.0.113.7');
    }
    assert.equal((await askProxied({ port: dragoman.port('tcp'), version }))?.name, 'a');
  }
  assert.equal(await askProxied({ port: dragoman.port('proxied') }).catch(() => undefined), undefined);
  assert.equal(await askProxied({ port: dragoman.port('tcp') }).catch(() => undefined), undefined);
  assert.equal(await askProxied(secured), undefined);
});
