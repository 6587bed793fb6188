/** Authorization servers that speak Envoy's gRPC protocol, and HTTP. */

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server, status } from '@grpc/grpc-js';
import {
  type CheckRequest,
  CheckRequestSchema,
  type CheckResponse,
  CheckResponseSchema,
} from '../../lib/envoy/gen/envoy/service/auth/v3/external_auth_pb.ts';
import { serve } from './grpc.ts';
import { serveHttp } from './serve-http.ts';

export interface AuthOptions {
  /** Answers wait for it. */
  readonly after?: Promise<void>;
}

export interface AuthServer extends AsyncDisposable {
  readonly port: number;
  /** What it was asked, in order. */
  readonly asked: CheckRequest[];
}

/**
 * Allows requests with the header `authorization: allow`, telling the backend `x-user: anna` and not to trust
 * `x-forged`; denies others with 403, `x-reason: grpc` and a body.
 */
export async function startAuthServer({ after = Promise.resolve() }: AuthOptions = {}): Promise<AuthServer> {
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
      void after.then(() => answer(null, verdict(request)));
    },
  });
  return { ...await serve(server), asked };
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

export interface HttpAuth extends AsyncDisposable {
  readonly port: number;
  readonly asked: { path: string; method: string; headers: IncomingHttpHeaders; body: string }[];
}

/** Allows `authorization: allow`, with headers for the backend; denies others with 401 and a challenge. */
export async function startHttpAuth({ after = Promise.resolve() }: AuthOptions = {}): Promise<HttpAuth> {
  const asked: HttpAuth['asked'] = [];
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', method = '', headers } = request;
      asked.push({ path, method, headers, body: Buffer.concat(chunks).toString() });
      void after.then(() => judge(response, headers));
    });
  });
  return {
    ...await serveHttp(server),
    asked,
  };
}

function judge(response: ServerResponse, { authorization }: IncomingHttpHeaders): void {
  if (authorization === 'allow') {
    response.writeHead(200, { 'x-user': 'anna', 'x-team': 'blue' }).end('fine');
  } else response.writeHead(401, { 'www-authenticate': 'Basic' }).end('who are you?');
}
