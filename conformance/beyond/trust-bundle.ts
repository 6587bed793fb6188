import assert from 'node:assert/strict';
import { Authority } from '../standalone/certificates.ts';
import { assertStanding, type BeyondTest, type Stage } from './beyond.ts';
import { echo, gateway, HTTP, httpRoute, object, secret, tlsEcho, trustBundle } from './objects.ts';

function reference(name: string): object {
  return { group: 'certificates.k8s.io', kind: 'ClusterTrustBundle', name };
}

const backendTlsPolicy: BeyondTest = {
  name: 'BackendTLSPolicyClusterTrustBundle',
  features: ['Gateway', 'HTTPRoute', 'BackendTLSPolicy', 'ClusterTrustBundle'],
  description:
    'A BackendTLSPolicy trusts by a ClusterTrustBundle, follows it, and fails when it is missing, empty or deleted.',
  run: async (stage) => {
    const [authority, other] = await Promise.all([Authority.create('CA'), Authority.create('other CA')]);
    const name = `${stage.namespace}.roots`;
    const policyOf = (bundle: string): object =>
      object('BackendTLSPolicy', 'secure', {
        targetRefs: [{ group: '', kind: 'Service', name: 'secure' }],
        validation: { hostname: 'backend.example', caCertificateRefs: [reference(bundle)] },
      });
    await stage.apply(
      secret('backend', await authority.issue({ commonName: 'backend', names: ['backend.example'] })),
      ...tlsEcho('secure', 'backend'),
      trustBundle(name, other.cert),
      policyOf(name),
      gateway('web', { listeners: [HTTP] }),
      httpRoute('web', {
        parentRefs: [{ name: 'web' }],
        rules: [{ backendRefs: [{ name: 'secure', port: 443 }] }],
      }),
    );
    const address = await stage.address('web');
    const expect = (status: number, conditions: Readonly<Record<string, string>>): Promise<void> =>
      stage.settles(async () => {
        assert.equal((await stage.send({ address, port: 80 })).status, status);
        const policy = await stage.get('backendtlspolicy/secure');
        assertStanding(policy.status?.ancestors?.[0]?.conditions, conditions);
      });
    const good = { Accepted: 'True/Accepted', ResolvedRefs: 'True/ResolvedRefs' };
    const bad = { Accepted: 'False/NoValidCACertificate', ResolvedRefs: 'False/InvalidCACertificateRef' };
    // Well-formed, but not whom the backend is certified by.
    await expect(503, good);
    await stage.apply(trustBundle(name, authority.cert));
    await expect(200, good);
    await stage.delete(`clustertrustbundle/${name}`);
    await expect(500, bad);
    await stage.apply(trustBundle(name, authority.cert));
    await expect(200, good);
    await stage.apply(policyOf(`${name}.missing`));
    await expect(500, bad);
  },
};

const frontendValidation: BeyondTest = {
  name: 'GatewayFrontendClusterTrustBundle',
  features: ['Gateway', 'HTTPRoute', 'GatewayFrontendClientCertificateValidation', 'ClusterTrustBundle'],
  description: 'Clients are validated by a ClusterTrustBundle, and all refused once it is gone.',
  run: async (stage) => {
    const [authority, other] = await Promise.all([Authority.create('CA'), Authority.create('other CA')]);
    const name = `${stage.namespace}.clients`;
    const client = await authority.issue({ commonName: 'client' });
    const stranger = await other.issue({ commonName: 'stranger' });
    await stage.apply(
      secret('server', await authority.issue({ commonName: 'server', names: ['example.org'] })),
      ...echo('plain'),
      trustBundle(name, authority.cert),
      gateway('web', {
        listeners: [{
          name: 'https',
          port: 443,
          protocol: 'HTTPS',
          tls: { certificateRefs: [{ name: 'server' }] },
        }],
        tls: { frontend: { default: { validation: { caCertificateRefs: [reference(name)] } } } },
      }),
      httpRoute('web', {
        parentRefs: [{ name: 'web' }],
        rules: [{ backendRefs: [{ name: 'plain', port: 80 }] }],
      }),
    );
    const address = await stage.address('web');
    const ask = (pair: typeof client): ReturnType<Stage['sendTls']> =>
      stage.sendTls({ address, port: 443, serverName: 'example.org', ca: authority.cert, client: pair });
    const listener = async (expected: Readonly<Record<string, string>>): Promise<void> =>
      assertStanding((await stage.get('gateway/web')).status?.listeners?.[0]?.conditions, expected);
    await stage.settles(async () => {
      assert.equal((await ask(client)).status, 200);
      await assert.rejects(ask(stranger));
      await listener({ Accepted: 'True/Accepted', ResolvedRefs: 'True/ResolvedRefs' });
    });
    await stage.delete(`clustertrustbundle/${name}`);
    await stage.settles(async () => {
      await assert.rejects(ask(client));
      await listener({
        Accepted: 'False/NoValidCACertificate',
        ResolvedRefs: 'False/InvalidCACertificateRef',
      });
    });
  },
};

export const trustBundleTests: readonly BeyondTest[] = [backendTlsPolicy, frontendValidation];
