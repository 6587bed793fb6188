import { create } from '@bufbuild/protobuf';
import {
  type Address,
  AddressSchema,
  SocketAddress_Protocol,
} from './gen/envoy/config/core/v3/address_pb.ts';

/** `::` stands for all addresses of both families. */
export function socketAddress(address: string, port: number, transport: 'tcp' | 'udp' = 'tcp'): Address {
  return create(AddressSchema, {
    address: {
      case: 'socketAddress',
      value: {
        address,
        protocol: transport === 'udp' ? SocketAddress_Protocol.UDP : SocketAddress_Protocol.TCP,
        portSpecifier: { case: 'portValue', value: port },
        ipv4Compat: address === '::',
      },
    },
  });
}
