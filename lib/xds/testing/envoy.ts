/** Starts a real Envoy for tests, joined to a Delta ADS server on a loopback port. */

import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findEnvoy } from '../../proxy/binary.ts';

export interface TestEnvoy extends AsyncDisposable {
  /** GETs a path of the admin interface. */
  admin(path: string): Promise<string>;
  /** The value of one counter or gauge; 0 if there is none. */
  stat(name: string): Promise<number>;
  /** What Envoy has logged. */
  log(): Promise<string>;
  /** Resolves when the server is live: all listeners of the first configuration are warm. */
  live(): Promise<void>;
}

export async function startEnvoy(
  options: { xds: number; id?: string; concurrency?: number; logLevel?: string },
): Promise<TestEnvoy> {
  const folder = await mkdtemp(join(tmpdir(), 'envoy-'));
  const adminFile = join(folder, 'admin');
  const logFile = join(folder, 'log');
  await writeFile(
    join(folder, 'bootstrap.json'),
    JSON.stringify({
      node: { id: options.id ?? 'test', cluster: 'test' },
      admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
      dynamic_resources: {
        ads_config: {
          api_type: 'DELTA_GRPC',
          transport_api_version: 'V3',
          set_node_on_first_message_only: true,
          grpc_services: [{ envoy_grpc: { cluster_name: 'xds' } }],
        },
        cds_config: { ads: {}, resource_api_version: 'V3' },
        lds_config: { ads: {}, resource_api_version: 'V3' },
      },
      static_resources: {
        clusters: [{
          name: 'xds',
          type: 'STATIC',
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
          load_assignment: {
            cluster_name: 'xds',
            endpoints: [{
              lb_endpoints: [{
                endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: options.xds } } },
              }],
            }],
          },
        }],
      },
    }),
  );
  const log = openSync(logFile, 'w');
  const child = spawn(findEnvoy(), [
    '--config-path',
    join(folder, 'bootstrap.json'),
    '--admin-address-path',
    adminFile,
    '--use-dynamic-base-id',
    '--concurrency',
    String(options.concurrency ?? 1),
    '--log-level',
    options.logLevel ?? 'warning',
    '--drain-time-s',
    '1',
    '--drain-strategy',
    'immediate',
  ], { stdio: ['ignore', log, log] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));

  async function address(): Promise<string> {
    for (let i = 0; i < 3000; i++) {
      // Envoy makes the file a moment before it writes it.
      const written = await readFile(adminFile, 'utf8').catch(() => '');
      if (written !== '') return written.trim();
      await sleep(10);
    }
    throw new Error(`Envoy says no address: ${await readFile(logFile, 'utf8')}`);
  }
  async function admin(path: string): Promise<string> {
    const response = await fetch(`http://${await address()}${path}`);
    return await response.text();
  }
  return {
    admin,
    log: () => readFile(logFile, 'utf8'),
    async stat(name) {
      const text = await admin(`/stats?filter=${encodeURIComponent(`^${name.replaceAll('.', '\\.')}$`)}`);
      return Number(/: (\d+)/.exec(text)?.[1] ?? 0);
    },
    async live() {
      for (let i = 0; i < 3000; i++) {
        if ((await admin('/ready')).startsWith('LIVE')) return;
        await sleep(10);
      }
      throw new Error(`Envoy is not live: ${await readFile(logFile, 'utf8')}`);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
