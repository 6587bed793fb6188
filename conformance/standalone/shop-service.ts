/** A gRPC service with protobuf messages, for clients that take no others: its description, and a server of grpc-js. */

import { create, createFileRegistry, fromBinary, fromJson, toBinary } from '@bufbuild/protobuf';
import type { DescService } from '@bufbuild/protobuf';
import {
  file_google_protobuf_wrappers,
  FileDescriptorSetSchema,
  type StringValue,
  StringValueSchema,
} from '@bufbuild/protobuf/wkt';
import { Metadata, Server, type ServerUnaryCall, type ServerWritableStream, status } from '@grpc/grpc-js';
import { serve } from './grpc.ts';

const text = { inputType: '.google.protobuf.StringValue', outputType: '.google.protobuf.StringValue' };

/** `shop.Orders`: all its messages are texts. */
export const shopOrders: DescService = describeService();

function describeService(): DescService {
  const files = fromJson(FileDescriptorSetSchema, {
    file: [{
      name: 'shop.proto',
      package: 'shop',
      syntax: 'proto3',
      dependency: ['google/protobuf/wrappers.proto'],
      service: [{
        name: 'Orders',
        method: [
          { name: 'Get', ...text },
          { name: 'Fail', ...text },
          { name: 'Follow', ...text, serverStreaming: true },
        ],
      }],
    }],
  });
  files.file.unshift(file_google_protobuf_wrappers.proto);
  const service = createFileRegistry(files).getService('shop.Orders');
  if (service === undefined) throw new Error('the service is described above');
  return service;
}

export interface ShopBackend extends AsyncDisposable {
  readonly port: number;
  /** Methods that were called, in order. */
  readonly calls: string[];
}

/**
 * `Get` answers with the text that it gets and metadata `x-seen`, its `x-asked`; `Follow` with three such texts; `Fail` fails
 * with NOT_FOUND and the text.
 */
export async function startShop(): Promise<ShopBackend> {
  const calls: string[] = [];
  const server = new Server();
  const seen = (call: Pick<ServerUnaryCall<unknown, unknown>, 'getPath' | 'metadata'>): Metadata => {
    calls.push(call.getPath());
    const answer = new Metadata();
    answer.set('x-seen', String(call.metadata.get('x-asked')[0] ?? ''));
    return answer;
  };
  const get = (
    call: ServerUnaryCall<StringValue, StringValue>,
    done: (error: null, value: StringValue) => void,
  ): void => {
    call.sendMetadata(seen(call));
    done(null, call.request);
  };
  const fail = (
    call: ServerUnaryCall<StringValue, StringValue>,
    done: (error: { code: status; details: string }) => void,
  ): void => {
    seen(call);
    done({ code: status.NOT_FOUND, details: call.request.value });
  };
  const follow = (call: ServerWritableStream<StringValue, StringValue>): void => {
    call.sendMetadata(seen(call));
    for (const i of [1, 2, 3]) call.write(create(StringValueSchema, { value: `${call.request.value} ${i}` }));
    call.end();
  };
  server.register('/shop.Orders/Get', get, serialize, deserialize, 'unary');
  server.register('/shop.Orders/Fail', fail, serialize, deserialize, 'unary');
  server.register('/shop.Orders/Follow', follow, serialize, deserialize, 'serverStream');
  return { ...await serve(server), calls };
}

export function serialize(message: StringValue): Buffer {
  return Buffer.from(toBinary(StringValueSchema, message));
}

export function deserialize(bytes: Uint8Array): StringValue {
  return fromBinary(StringValueSchema, bytes);
}
