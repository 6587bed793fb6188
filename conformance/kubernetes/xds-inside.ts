/** Asks an xDS server as a proxy does, from inside a cluster: the only argument is `XdsQuestion` as JSON; writes `XdsOutcome`. */
import { create } from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
} from '../../lib/envoy/gen/envoy/service/discovery/v3/discovery_pb.ts';
import { TYPE_URL } from '../../lib/envoy/mod.ts';
import { call } from '../../lib/xds/testing/client.ts';

export interface XdsQuestion {
  /** `host:port` */
  readonly target: string;
  /** PEM; without it there is no TLS. */
  readonly trust?: string;
  readonly client?: { readonly cert: string; readonly key: string };
  /** Whom the caller says it is. */
  readonly node: { readonly id: string; readonly cluster: string };
  /** Names of Secrets that are asked for; of clusters and listeners all are. */
  readonly secrets: readonly string[];
}

export interface XdsOutcome {
  /** Of all resources that came. */
  readonly names: readonly string[];
  /** Of gRPC, if the stream was ended. */
  readonly code?: number;
}

/** Silence after which nothing more is expected. */
const QUIET_MS = 1_500;

async function ask({ target, trust, client, node, secrets }: XdsQuestion): Promise<XdsOutcome> {
  const pem = (text: string | undefined): Buffer | null => text === undefined ? null : Buffer.from(text);
  const secured = trust === undefined
    ? credentials.createInsecure()
    : credentials.createSsl(pem(trust), pem(client?.key), pem(client?.cert));
  const grpc = new Client(target, secured, {
    'grpc.ssl_target_name_override': 'dragoman-xds.dragoman-system.svc',
    'grpc.default_authority': 'dragoman-xds.dragoman-system.svc',
  });
  const stream = call(grpc);
  const names: string[] = [];
  const ended: number[] = [];
  let heard = performance.now();
  stream.on('data', ({ resources, nonce, typeUrl }: DeltaDiscoveryResponse) => {
    heard = performance.now();
    names.push(...resources.map(({ name }) => name));
    stream.write(create(DeltaDiscoveryRequestSchema, { typeUrl, responseNonce: nonce }));
  });
  stream.on('error', () => {});
  stream.on('status', ({ code }) => ended.push(code));
  const subscriptions = { Cluster: ['*'], Listener: ['*'], Secret: secrets } as const;
  for (const [type, subscribed] of Object.entries(subscriptions)) {
    const typeUrl = TYPE_URL[type as keyof typeof subscriptions];
    stream.write(
      create(DeltaDiscoveryRequestSchema, { node, typeUrl, resourceNamesSubscribe: [...subscribed] }),
    );
  }
  while (ended.length === 0 && performance.now() - heard < QUIET_MS) await sleep(50);
  const [code] = ended;
  stream.cancel();
  grpc.close();
  return { names: names.sort(), ...(code === undefined ? {} : { code }) };
}

console.log(JSON.stringify(await ask(JSON.parse(process.argv[2] ?? '{}') as XdsQuestion)));
