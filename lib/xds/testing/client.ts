import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Client, ClientDuplexStream } from '@grpc/grpc-js';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
} from '../../envoy/gen/envoy/service/discovery/v3/discovery_pb.ts';

export type Call = ClientDuplexStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse>;

/** Opens a stream as a proxy does. */
export function call(client: Client, method = 'DeltaAggregatedResources'): Call {
  return client.makeBidiStreamRequest(
    `/envoy.service.discovery.v3.AggregatedDiscoveryService/${method}`,
    (request: DeltaDiscoveryRequest) => Buffer.from(toBinary(DeltaDiscoveryRequestSchema, request)),
    (bytes: Buffer) => fromBinary(DeltaDiscoveryResponseSchema, bytes),
  );
}

/** The code that ends a stream. */
export function code(stream: Call): Promise<number> {
  stream.on('data', () => {});
  stream.on('error', () => {});
  return new Promise((resolve) => stream.on('status', ({ code }) => resolve(code)));
}
