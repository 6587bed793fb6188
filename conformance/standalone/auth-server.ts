/** An authorization server that speaks Envoy's gRPC protocol. */

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import {
  type CheckRequest,
  CheckRequestSchema,
  type CheckResponse,
  CheckResponseSchema,
} from '../../lib/envoy/gen/envoy/service/auth/v3/external_auth_pb.ts';
import { listen } from './grpc.ts';

export interface AuthServer extends AsyncDisposable {
  readonly port: number;
  /** What it was asked, in order. */
  readonly asked: CheckRequest[];
}

/**
 * Allows requests with the header `authorization: allow`, telling the backend `x-user: anna` and not to trust
 * `x-forged`; denies others with 403, `x-reason: grpc` and a body.
 */
export async function startAuthServer(): Promise<AuthServer> {
  const asked: CheckRequest[] = [];
  const server = new Server();
  server.addService({
    check: {
      path: '/envoy.service.auth.v3.Authorization/Check',
      requestStream: false,
      responseStream: false,
      requestSerialize: (value: CheckRequest) => Buffer.from(toBinary(CheckRequestSchema, value)),
      requestDeserialize: (bytes: Buffer) => fromBinary(CheckRequestSchema, bytes),
      responseSerialize: (value: CheckResponse) => Buffer.from(toBinary(CheckResponseSchema, value)),
      responseDeserialize: (bytes: Buffer) => fromBinary(CheckResponseSchema, bytes),
    },
  }, {
    check(
      { request }: { request: CheckRequest },
      answer: (error: null, value: CheckResponse) => void,
    ) {
      asked.push(request);
      answer(null, verdict(request));
    },
  });
  const port = await listen(server, ServerCredentials.createInsecure());
  return {
    port,
    asked,
    [Symbol.asyncDispose]: () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

function verdict({ attributes }: CheckRequest): CheckResponse {
  if (attributes?.request?.http?.headers['authorization'] === 'allow') {
    return create(CheckResponseSchema, {
      status: { code: status.OK },
      httpResponse: {
        case: 'okResponse',
        value: { headers: [{ header: { key: 'x-user', value: 'anna' } }], headersToRemove: ['x-forged'] },
      },
    });
  }
  return create(CheckResponseSchema, {
    status: { code: status.PERMISSION_DENIED },
    httpResponse: {
      case: 'deniedResponse',
      value: {
        status: { code: 403 },
        headers: [{ header: { key: 'x-reason', value: 'grpc' } }],
        body: 'not you',
      },
    },
  });
}
