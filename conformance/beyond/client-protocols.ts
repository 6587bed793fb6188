import assert from 'node:assert/strict';
import { Authority } from '../standalone/certificates.ts';
import { Http3Client } from '../standalone/http3.ts';
import type { BeyondTest } from './beyond.ts';
import { echo, gateway, httpRoute, secret } from './objects.ts';

const HOST = 'www.example.org';

function parameters(http3: boolean): object {
  return {
    apiVersion: 'dragoman.dev/v1alpha1',
    kind: 'GatewayParameters',
    metadata: { name: 'http3' },
    spec: { http3 },
  };
}

const http3: BeyondTest = {
  name: 'GatewayHTTP3',
  features: ['Gateway', 'HTTPRoute'],
  description:
    'HTTPS listeners speak HTTP/3 through the Service, from when parameters say so until they do not.',
  run: async (stage) => {
    const authority = await Authority.create('CA');
    await stage.apply(
      parameters(false),
      secret('server', await authority.issue({ commonName: 'server', names: [HOST] })),
      ...echo('plain'),
      gateway('web', {
        infrastructure: {
          parametersRef: { group: 'dragoman.dev', kind: 'GatewayParameters', name: 'http3' },
        },
        listeners: [{
          name: 'https',
          port: 443,
          protocol: 'HTTPS',
          tls: { certificateRefs: [{ name: 'server' }] },
        }],
      }),
      httpRoute('web', {
        parentRefs: [{ name: 'web' }],
        rules: [{ backendRefs: [{ name: 'plain', port: 80 }] }],
      }),
    );
    const target = { address: await stage.address('web'), port: 443, serverName: HOST, ca: authority.cert };
    const status = async (): Promise<number> => {
      using client = await Http3Client.open(
        { ...target, timeout: 2 },
        (command, options) => stage.cluster.spawn(command, options),
      );
      return (await client.send({ host: HOST })).status;
    };
    const told = async (): Promise<unknown> => (await stage.sendTls(target)).headers['alt-svc'];
    await stage.settles(async () => assert.equal(await told(), undefined));
    await stage.apply(parameters(true));
    await stage.settles(async () => {
      assert.equal(await status(), 200);
      assert.equal(await told(), 'h3=":443"; ma=3600');
    });
    await stage.apply(parameters(false));
    await stage.settles(async () => {
      assert.equal(await told(), undefined);
      await assert.rejects(status());
    });
  },
};

export const clientProtocolTests: readonly BeyondTest[] = [http3];
