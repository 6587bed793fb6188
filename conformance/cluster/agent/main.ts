/**
 * The node agent: what scheduler, kubelet, container engine, cloud and DNS are to a cluster, with processes for containers.
 * Its only argument is the cluster's run directory.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ApiClient } from '../api-client.ts';
import { runDirectoryAt } from '../run-directory.ts';
import { watch, type WatchHandlers } from '../watch.ts';
import type { ApiObject } from '../watch.ts';
import { serveDns } from './dns.ts';
import { serveLogs } from './log-server.ts';
import { registerNode } from './node.ts';
import type { Pod } from './pod.ts';
import { PodAddresses } from './pod-network.ts';
import { Pods } from './pods.ts';
import { type Service, Services } from './services.ts';
import { KnownSources, type SourceKind, type SourceObject } from './sources.ts';

async function main(path: string): Promise<void> {
  const { credentials, volatile } = runDirectoryAt(path);
  const directory = join(volatile, 'pods');
  mkdirSync(directory);
  const client = new ApiClient(credentials);
  const sources = new KnownSources();
  const pods = new Pods({ client, sources, addresses: new PodAddresses(), directory, log });
  const services = new Services({ client, log });
  const { signal } = new AbortController();
  const follow = <T extends ApiObject>(path: string, handlers: WatchHandlers<T>): Promise<void> =>
    watch<T>({
      client,
      path,
      failed: (error) => log(`${path}: ${String(error)}`),
      set: (object) => handlers.set(object),
      delete: (object) => handlers.delete(object),
    }, signal);
  const source = (kind: SourceKind): WatchHandlers<SourceObject> => ({
    set(object) {
      sources.set(kind, object);
      pods.sourceChanged(kind, object);
    },
    delete(object) {
      sources.delete(kind, object);
    },
  });

  await serveLogs({ credentials, find: (pod, container) => pods.find(pod)?.container(container)?.log });
  await Promise.all([
    follow('/api/v1/secrets', source('secret')),
    follow('/api/v1/configmaps', source('configMap')),
    follow<Service>('/api/v1/services', services),
  ]);
  await serveDns({ client, services, log });
  await follow<Pod>('/api/v1/pods', pods);
  await registerNode(client);
  log('ready');
}

function log(message: string): void {
  console.log(`${new Date().toISOString()} ${message}`);
}

// A pod's fault must not end the others.
process.on(
  'unhandledRejection',
  (error) => log(error instanceof Error ? error.stack ?? error.message : String(error)),
);
await main(process.argv[2] ?? '');
