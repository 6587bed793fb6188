import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { adminRequest, type AdminResponse } from '../admin.ts';
import { findEnvoy } from '../binary.ts';
import { envoyArguments, JSON_LOG } from '../bootstrap-arguments.ts';
import { type Credentials, type KubernetesBootstrapOptions, secretFiles } from '../bootstrap-kubernetes.ts';
import type { Address, BootstrapJson } from '../bootstrap-parts.ts';

/** PEM texts that a Secret has. */
export interface SecretData {
  readonly 'tls.crt': string;
  readonly 'tls.key': string;
  readonly 'ca.crt': string;
}

/** What a test decides about the bootstrap through; the rest is as Pods have it. */
export interface PodParts extends Required<Pick<KubernetesBootstrapOptions, 'sockets' | 'health'>> {
  readonly credentials: Credentials;
}

export interface PodOptions {
  readonly bootstrap: (parts: PodParts) => BootstrapJson;
  readonly secret?: SecretData;
  readonly concurrency?: number;
}

/** A real Envoy that runs as it does in a Pod, but on loopback and on a free port. */
export interface Pod extends AsyncDisposable {
  readonly pid: number;
  /** Lines of its log. */
  readonly log: readonly string[];
  admin(path: string): Promise<AdminResponse>;
  /** Port of a listener, by its name. */
  portOf(listener: string): Promise<number>;
  /** Asks what is asked from outside the Pod. */
  health(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Replaces the content of the Secret volume as kubelet does it. */
  replaceSecret(secret: SecretData): void;
  /** Ends it as kubelet does; resolves with its exit code. */
  terminate(): Promise<number | null>;
}

/** Resolves when the admin interface answers. */
export async function startPod({ bootstrap, secret, concurrency = 2 }: PodOptions): Promise<Pod> {
  const directory = mkdtempSync(join(tmpdir(), 'dragoman-pod-'));
  const volume = join(directory, 'secret');
  mkdirSync(volume);
  const prefix = `@dragoman-test-${randomUUID()}`;
  const admin: Address = { path: `${prefix}/admin` };
  let version = 0;
  function replaceSecret(data: SecretData): void {
    const content = `..${++version}`;
    mkdirSync(join(volume, content));
    for (const [name, text] of Object.entries(data)) writeFileSync(join(volume, content, name), text);
    symlinkSync(content, join(volume, '..new'));
    renameSync(join(volume, '..new'), join(volume, '..data'));
    if (version > 1) return;
    for (const name of Object.keys(data)) symlinkSync(join('..data', name), join(volume, name));
  }
  if (secret !== undefined) replaceSecret(secret);
  for (const [name, text] of Object.entries(secretFiles({ directory: volume }))) {
    writeFileSync(join(directory, name), text);
  }
  const parts: PodParts = {
    sockets: { admin, pause: { path: `${prefix}/pause` } },
    health: { host: '127.0.0.1', port: 0 },
    credentials: { directory: volume, secrets: directory },
  };
  const config = join(directory, 'bootstrap.json');
  writeFileSync(config, JSON.stringify(bootstrap(parts)));
  const args = envoyArguments({ config, node: 'pod-1', logLevel: 'info', logFormat: JSON_LOG, concurrency });
  const child = spawn(findEnvoy(), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const log: string[] = [];
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (chunk: string) => log.push(...chunk.split('\n').filter((line) => line !== '')));

  async function portOf(listener: string): Promise<number> {
    const { body } = await adminRequest(admin, '/listeners?format=json');
    const all: readonly ListenerStatus[] = JSON.parse(body).listener_statuses;
    const port = all.find(({ name }) => name === listener)?.local_address.socket_address?.port_value;
    if (port === undefined) throw new Error(`no listener ${listener} in ${body}`);
    return port;
  }
  const pod: Pod = {
    pid: child.pid ?? 0,
    log,
    admin: (path) => adminRequest(admin, path),
    portOf,
    async health(path, headers = {}) {
      const port = await portOf('dragoman-health');
      return await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    },
    replaceSecret,
    async terminate() {
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      rmSync(directory, { recursive: true });
    },
  };
  for (let attempt = 0;; attempt++) {
    try {
      await pod.admin('/ready');
      return pod;
    } catch (error) {
      if (attempt < 3000 && child.exitCode === null) {
        await sleep(10);
        continue;
      }
      await pod[Symbol.asyncDispose]();
      throw new Error(`Envoy does not answer:\n${log.join('\n')}`, { cause: error });
    }
  }
}

interface ListenerStatus {
  readonly name: string;
  readonly local_address: { readonly socket_address?: { readonly port_value: number } };
}
