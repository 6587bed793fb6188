import { readFileSync } from 'node:fs';
import type { Agent, RequestOptions } from 'node:https';

import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js';
import { ExecAuth } from '@kubernetes/client-node/dist/exec_auth.js';
import { FileAuth } from '@kubernetes/client-node/dist/file_auth.js';

/** What a request carries so that it is let in. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
  /** Set if connections go through a proxy. */
  readonly agent?: Agent | undefined;
}

/** PEM texts, and how the server is verified. */
export interface TlsSettings {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

export interface CredentialsSource {
  /** Those of now: files are read again and tokens renewed in time. `renew` after the server refused the last ones. */
  credentials(renew?: boolean): Promise<Credentials>;
}

/** How long files and tokens are believed, ms. */
const freshMs = 30_000;

/** Credentials of a kubeconfig's user: certificates, tokens, files, exec plugins, auth providers. */
export function credentialsOf(cluster: Cluster, user: User): CredentialsSource {
  let known: { readonly credentials: Promise<Credentials>; readonly at: number } | undefined;
  let login = loginOf(cluster, user);
  return {
    credentials: (renew = false) => {
      const now = performance.now();
      if (known !== undefined && !renew && now - known.at < freshMs) return known.credentials;
      // An exec plugin's token is kept as long as the plugin said, so a refused one goes only with its keeper.
      if (renew) login = loginOf(cluster, user);
      const credentials = resolve(cluster, { user, login });
      known = { credentials, at: now };
      credentials.catch(() => known = undefined);
      return credentials;
    },
  };
}

/** Adds to the headers and TLS settings of a request. */
type Login = (options: RequestOptions) => Promise<void>;

async function resolve(
  cluster: Cluster,
  { user, login }: { readonly user: User; readonly login: Login },
): Promise<Credentials> {
  const headers: Record<string, string> = {};
  if (user.token) headers['authorization'] = `Bearer ${user.token}`;
  else if (user.username) {
    const pair = Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64');
    headers['authorization'] = `Basic ${pair}`;
  }
  if (user.impersonateUser) headers['impersonate-user'] = user.impersonateUser;
  const options: RequestOptions = { headers: {} };
  await login(options);
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    headers[name.toLowerCase()] = String(value).trim();
  }
  return {
    headers,
    tls: {
      ca: pem(cluster.caFile, cluster.caData),
      cert: text(options.cert) ?? pem(user.certFile, user.certData),
      key: text(options.key) ?? pem(user.keyFile, user.keyData),
      ...(cluster.tlsServerName ? { servername: cluster.tlsServerName } : {}),
      ...(cluster.skipTLSVerify ? { rejectUnauthorized: false } : {}),
    },
    ...(cluster.proxyUrl ? { agent: options.agent as Agent } : {}),
  };
}

function pem(file: string | undefined, data: string | undefined): string | undefined {
  if (file) return readFileSync(file, 'utf8');
  return data ? Buffer.from(data, 'base64').toString('utf8') : undefined;
}

function text(value: RequestOptions['cert'] | RequestOptions['key']): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function loginOf(cluster: Cluster, user: User): Login {
  const exec = new ExecAuth();
  const file = new FileAuth();
  if (cluster.proxyUrl) return wholeClient(cluster, user);
  if (exec.isAuthProvider(user)) return (options) => exec.applyAuthentication(user, options);
  if (file.isAuthProvider(user)) return (options) => file.applyAuthentication(user, options);
  return user.authProvider ? wholeClient(cluster, user) : () => Promise.resolve();
}

/**
 * Proxies, OpenID Connect and cloud providers, as the whole client package knows them. It is loaded only for these: it
 * takes most of a second and 85 MB.
 */
function wholeClient(cluster: Cluster, user: User): Login {
  const loading = import('@kubernetes/client-node').then(({ KubeConfig }) => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(cluster, user);
    return config;
  });
  // Who logs in is told.
  loading.catch(() => {});
  return async (options) => (await loading).applyToHTTPSOptions(options);
}
