import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Authority, type Subject } from '../standalone/certificates.ts';
import { API_SERVER_PORT, API_SERVICE_ADDRESS, NODE_ADDRESS, NODE_NAME } from './addresses.ts';

/** Certificates of the control plane by file name; each becomes `NAME.crt` and `NAME.key`. */
const SUBJECTS: Readonly<Record<string, Subject>> = {
  'apiserver': {
    commonName: 'kube-apiserver',
    names: [
      '127.0.0.1',
      NODE_ADDRESS,
      API_SERVICE_ADDRESS,
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
    ],
  },
  'kubelet': {
    commonName: `system:node:${NODE_NAME}`,
    organization: 'system:nodes',
    names: [NODE_ADDRESS, NODE_NAME],
  },
  'apiserver-kubelet-client': {
    commonName: 'kube-apiserver-kubelet-client',
    organization: 'system:masters',
  },
  'admin': { commonName: 'admin', organization: 'system:masters' },
  'controller-manager': { commonName: 'system:kube-controller-manager' },
  'proxy': { commonName: 'system:kube-proxy' },
  // Only its key counts: it signs the tokens of service accounts.
  'service-accounts': { commonName: 'service-accounts' },
};

const USERS = ['admin', 'controller-manager', 'proxy'];

/** Writes one authority, what it issues to each part of the control plane, and a kubeconfig for each user. */
export async function writeCredentials(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const authority = await Authority.create('cluster');
  writeFileSync(join(directory, 'ca.crt'), authority.cert);
  for (const [name, subject] of Object.entries(SUBJECTS)) {
    const { cert, key } = await authority.issue(subject);
    writeFileSync(join(directory, `${name}.crt`), cert);
    writeFileSync(join(directory, `${name}.key`), key, { mode: 0o600 });
  }
  for (const user of USERS) {
    writeFileSync(join(directory, `${user}.kubeconfig`), kubeconfig(directory, user), { mode: 0o600 });
  }
}

function kubeconfig(directory: string, user: string): string {
  const server = `https://127.0.0.1:${API_SERVER_PORT}`;
  const config = {
    'apiVersion': 'v1',
    'kind': 'Config',
    'current-context': 'cluster',
    'clusters': [{
      name: 'cluster',
      cluster: { server, 'certificate-authority': join(directory, 'ca.crt') },
    }],
    'users': [{
      name: user,
      user: {
        'client-certificate': join(directory, `${user}.crt`),
        'client-key': join(directory, `${user}.key`),
      },
    }],
    'contexts': [{ name: 'cluster', context: { cluster: 'cluster', user } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
