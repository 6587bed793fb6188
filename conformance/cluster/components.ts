import { join } from 'node:path';
import { API_SERVER_PORT, NODE_ADDRESS, NODE_NAME, POD_RANGE, SERVICE_RANGE } from './addresses.ts';
import { program } from './programs.ts';
import type { RunDirectory } from './run-directory.ts';

export interface Component {
  readonly name: string;
  readonly command: readonly string[];
}

const ETCD = 'http://127.0.0.1:2379';

/** What the tests need; there is no scheduler, since the node agent takes every pod. */
const CONTROLLERS = [
  'deployment-controller',
  'replicaset-controller',
  'daemonset-controller',
  'statefulset-controller',
  'job-controller',
  'endpoints-controller',
  'endpointslice-controller',
  'endpointslice-mirroring-controller',
  'namespace-controller',
  'garbage-collector-controller',
  'pod-garbage-collector-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'clusterrole-aggregation-controller',
  'disruption-controller',
  'resourcequota-controller',
  'service-cidr-controller',
  'validatingadmissionpolicy-status-controller',
];

/** Keeps everything in memory: nothing is to survive the cluster. */
export function etcd({ volatile }: RunDirectory): Component {
  return {
    name: 'etcd',
    command: [
      program('etcd'),
      `--data-dir=${join(volatile, 'etcd')}`,
      '--unsafe-no-fsync',
      `--listen-client-urls=${ETCD}`,
      `--advertise-client-urls=${ETCD}`,
      '--listen-peer-urls=http://127.0.0.1:2380',
      '--log-level=warn',
    ],
  };
}

export function apiServer({ credentials }: RunDirectory): Component {
  const file = (name: string) => join(credentials, name);
  return {
    name: 'kube-apiserver',
    command: [
      program('kube-apiserver'),
      `--etcd-servers=${ETCD}`,
      '--bind-address=0.0.0.0',
      `--advertise-address=${NODE_ADDRESS}`,
      `--secure-port=${API_SERVER_PORT}`,
      `--tls-cert-file=${file('apiserver.crt')}`,
      `--tls-private-key-file=${file('apiserver.key')}`,
      `--client-ca-file=${file('ca.crt')}`,
      '--authorization-mode=RBAC',
      `--service-cluster-ip-range=${SERVICE_RANGE}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${file('service-accounts.crt')}`,
      `--service-account-signing-key-file=${file('service-accounts.key')}`,
      `--kubelet-client-certificate=${file('apiserver-kubelet-client.crt')}`,
      `--kubelet-client-key=${file('apiserver-kubelet-client.key')}`,
      `--kubelet-certificate-authority=${file('ca.crt')}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--allow-privileged',
    ],
  };
}

export function controllerManager({ credentials }: RunDirectory): Component {
  const file = (name: string) => join(credentials, name);
  return {
    name: 'kube-controller-manager',
    command: [
      program('kube-controller-manager'),
      `--kubeconfig=${file('admin.kubeconfig')}`,
      '--leader-elect=false',
      // Its own rate limit would set the pace of every test.
      '--kube-api-qps=300',
      '--kube-api-burst=600',
      '--concurrent-deployment-syncs=10',
      '--concurrent-replicaset-syncs=10',
      `--root-ca-file=${file('ca.crt')}`,
      `--service-account-private-key-file=${file('service-accounts.key')}`,
      `--controllers=${CONTROLLERS.join(',')}`,
      '--secure-port=0',
    ],
  };
}

export function kubeProxy(directory: RunDirectory): Component {
  return {
    name: 'kube-proxy',
    command: [program('kube-proxy'), `--config=${kubeProxyFile(directory)}`],
  };
}

export function kubeProxyFile({ path }: RunDirectory): string {
  return join(path, 'kube-proxy.json');
}

export function kubeProxyConfig({ credentials }: RunDirectory): string {
  return JSON.stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: join(credentials, 'proxy.kubeconfig'), qps: 100, burst: 200 },
    mode: 'nftables',
    hostnameOverride: NODE_NAME,
    clusterCIDR: POD_RANGE,
    nodePortAddresses: [`${NODE_ADDRESS}/32`],
    // By default a changed Service is waited for up to a second.
    nftables: { minSyncPeriod: '0.1s', syncPeriod: '30s' },
    conntrack: { maxPerCore: 0 },
  });
}
