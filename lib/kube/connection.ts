import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

import {
  type Cluster,
  type Context,
  newClusters,
  newContexts,
  newUsers,
  type User,
} from '@kubernetes/client-node/dist/config_types.js';
import { parse } from 'yaml';

import { credentialsOf, type CredentialsSource } from './credentials.ts';

/** Where the API server is, and how to be let in. */
export interface Connection extends CredentialsSource {
  /** Such as `https://10.0.0.1:6443`, without a slash at its end. */
  readonly server: string;
  /** Of the kubeconfig's context or of the service account. */
  readonly namespace?: string | undefined;
}

export interface ConnectionOptions {
  /** A file. Default: those of `KUBECONFIG`, else the Pod's service account, else `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** Default: the current one of the kubeconfig. */
  readonly context?: string | undefined;
  /** Default: of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** There is no usable description of a cluster: nothing can be connected to. */
export class ConnectionError extends Error {
  override readonly name: string = 'ConnectionError';
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Reads how to connect; throws a `ConnectionError` that says what is missing. Nothing is sent yet. */
export function loadConnection(options: ConnectionOptions = {}): Connection {
  const env = options.env ?? process.env;
  const named = options.kubeconfig === undefined ? env['KUBECONFIG'] : options.kubeconfig;
  if (named !== undefined && named !== '') {
    const files = options.kubeconfig === undefined ? named.split(delimiter).filter(Boolean) : [named];
    return fromKubeconfig(files.map(readKubeconfig), options.context);
  }
  if (env['KUBERNETES_SERVICE_HOST'] !== undefined) return inCluster(env);
  return fromKubeconfig([readKubeconfig(join(env['HOME'] ?? homedir(), '.kube', 'config'))], options.context);
}

interface Kubeconfig {
  readonly clusters: readonly Cluster[];
  readonly users: readonly User[];
  readonly contexts: readonly Context[];
  readonly current: string | undefined;
}

function readKubeconfig(file: string): Kubeconfig {
  const problem = (error: unknown): ConnectionError =>
    new ConnectionError(`kubeconfig ${file}: ${error instanceof Error ? error.message : String(error)}`);
  try {
    const document = parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>> | null;
    const clusters = newClusters(document?.['clusters']);
    const base = dirname(file);
    const users = newUsers(document?.['users']).map((user, index) =>
      withTokenFile(user, document, { index, base })
    );
    for (const cluster of clusters) if (cluster.caFile) cluster.caFile = absolute(base, cluster.caFile);
    for (const user of users) {
      if (user.certFile) user.certFile = absolute(base, user.certFile);
      if (user.keyFile) user.keyFile = absolute(base, user.keyFile);
    }
    const current = document?.['current-context'];
    return {
      clusters,
      users,
      contexts: newContexts(document?.['contexts']),
      current: typeof current === 'string' && current !== '' ? current : undefined,
    };
  } catch (error) {
    throw problem(error);
  }
}

/** `tokenFile` of a user, which the client package overlooks. */
function withTokenFile(
  user: User,
  document: Readonly<Record<string, unknown>> | null,
  { index, base }: { readonly index: number; readonly base: string },
): User {
  const listed = document?.['users'] as
    | readonly { readonly user?: { readonly tokenFile?: string } }[]
    | undefined;
  const tokenFile = listed?.[index]?.user?.tokenFile;
  if (tokenFile === undefined) return user;
  return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: absolute(base, tokenFile) } } };
}

function absolute(base: string, path: string): string {
  return isAbsolute(path) ? path : join(base, path);
}

/** Of several files, the first that names something wins, as for kubectl. */
function fromKubeconfig(files: readonly Kubeconfig[], wanted: string | undefined): Connection {
  const name = wanted ?? files.find(({ current }) => current !== undefined)?.current;
  if (name === undefined) throw new ConnectionError('the kubeconfig has no current-context');
  const context = find(files.flatMap(({ contexts }) => contexts), name, 'context');
  const cluster = find(files.flatMap(({ clusters }) => clusters), context.cluster, 'cluster');
  const user = context.user === undefined
    ? { name: '' }
    : find(files.flatMap(({ users }) => users), context.user, 'user');
  return { server: cluster.server, namespace: context.namespace, ...credentialsOf(cluster, user) };
}

function find<T extends { readonly name: string }>(among: readonly T[], name: string, what: string): T {
  const found = among.find((each) => each.name === name);
  if (found === undefined) throw new ConnectionError(`the kubeconfig has no ${what} ${JSON.stringify(name)}`);
  return found;
}

/** The Pod's own service account; its token and the server's CA are read again as they are renewed. */
function inCluster(env: Readonly<Record<string, string | undefined>>): Connection {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const cluster: Cluster = {
    name: 'cluster',
    server,
    skipTLSVerify: false,
    caFile: join(serviceAccount, 'ca.crt'),
  };
  const user: User = {
    name: 'service-account',
    authProvider: { name: 'tokenFile', config: { tokenFile: join(serviceAccount, 'token') } },
  };
  let namespace: string;
  try {
    namespace = readFileSync(join(serviceAccount, 'namespace'), 'utf8').trim();
  } catch (error) {
    throw new ConnectionError(`the Pod has no service account: ${(error as Error).message}`);
  }
  return { server, namespace, ...credentialsOf(cluster, user) };
}
