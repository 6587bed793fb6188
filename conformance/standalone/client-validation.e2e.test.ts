import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority, caConfigMap, type Pair, tlsSecret } from './certificates.ts';
import { gateway, httpRoute, service } from './manifests.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { conditionOf, Standalone } from './standalone.ts';
import { sendTls } from './tls-request.ts';

const REFS = (name: string): string => `caCertificateRefs: [{ group: "", kind: ConfigMap, name: ${name} }]`;

function secured(frontend: string): string {
  return gateway(`[
    { name: https, port: {port:first}, protocol: HTTPS, tls: { certificateRefs: [{ name: server }] } },
    { name: second, port: {port:second}, protocol: HTTPS, tls: { certificateRefs: [{ name: server }] } }]`)
    .replace('listeners:', `tls: { frontend: ${frontend} }, listeners:`);
}

test('clients are validated by the default and by port, or let in where the fallback says so', async () => {
  const [first, second] = await Promise.all([Authority.create('first CA'), Authority.create('second CA')]);
  const server = await first.issue({ commonName: 'server', names: ['example.org'] });
  const clients: Readonly<Record<'first' | 'second', Pair>> = {
    first: await first.issue({ commonName: 'first client' }),
    second: await second.issue({ commonName: 'second client' }),
  };
  await using dragoman = await Standalone.start({
    files: {
      'gateway.yaml': secured(
        `{ default: { validation: { ${REFS('first')} } },
           perPort: [{ port: {port:second}, tls: { validation: { ${REFS('second')} } } }] }`,
      ),
      'trust.yaml': caConfigMap('first', first.cert) + caConfigMap('second', second.cert) +
        tlsSecret('server', server),
      'route.yaml': service('a') + httpRoute('web', { rules: '[{ backendRefs: [{ name: a, port: 80 }] }]' }),
    },
  });
  const statusOf = async (port: string, client?: Pair): Promise<number> => {
    const options = { port: dragoman.port(port), serverName: 'example.org', ca: first.cert };
    const answer = await sendTls({
      ...options,
      ...(client === undefined ? {} : { client }),
      headers: { 'x-forwarded-client-cert': 'By=me' },
    });
    assert.equal(answer.seen?.headers['x-forwarded-client-cert'], undefined);
    return answer.status;
  };
  assert.equal(await statusOf('first', clients.first), 200);
  assert.equal(await statusOf('second', clients.second), 200);
  for (
    const [port, client] of [
      ['first', clients.second],
      ['second', clients.first],
      ['first', undefined],
      ['second', undefined],
    ] as const
  ) await assert.rejects(statusOf(port, client), /alert|reset|hang up/);
  assert.equal(
    conditionOf(dragoman.status('Gateway/default/web'), 'InsecureFrontendValidationMode'),
    undefined,
  );

  // Both authorities, one of them renewed: a bundle follows the ConfigMap without a new listener.
  await dragoman.write(
    'trust.yaml',
    caConfigMap('first', first.cert + second.cert) + caConfigMap('second', second.cert) +
      tlsSecret('server', server),
  );
  await eventually(async () => assert.equal(await statusOf('first', clients.second), 200));
  assert.equal(await statusOf('first', clients.first), 200);

  await dragoman.write(
    'gateway.yaml',
    secured(
      `{ default: { validation: { ${REFS('first')}, mode: AllowInsecureFallback } },
         perPort: [{ port: {port:second}, tls: { validation: { ${REFS('second')} } } }] }`,
    ),
  );
  await eventually(async () => assert.equal(await statusOf('first'), 200));
  const stranger = await (await Authority.create('stranger')).issue({ commonName: 'nobody' });
  for (const client of [clients.first, stranger]) assert.equal(await statusOf('first', client), 200);
  await assert.rejects(statusOf('second'));
  const insecure = conditionOf(dragoman.status('Gateway/default/web'), 'InsecureFrontendValidationMode');
  assert.deepEqual([insecure?.status, insecure?.reason], ['True', 'ConfigurationChanged']);

  // Nobody can be validated by nothing: the port is closed and not opened to everybody.
  await dragoman.write('gateway.yaml', secured(`{ default: { validation: { ${REFS('missing')} } } }`));
  await eventually(async () => {
    await assert.rejects(statusOf('first', clients.first));
    await assert.rejects(statusOf('second', clients.second));
  });
  const [listener] = (dragoman.status('Gateway/default/web') as { listeners: unknown[] }).listeners;
  assert.equal(conditionOf(listener, 'Accepted')?.reason, 'NoValidCACertificate');
  const resolved = conditionOf(listener, 'ResolvedRefs');
  assert.equal(resolved?.reason, 'InvalidCACertificateRef');
  assert.match(resolved?.message ?? '', /ConfigMap\/default\/missing/);
});
