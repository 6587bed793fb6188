/** The Delta ADS server: gives each proxy its fleet's resources in an order that never breaks what serves. */
export {
  createXdsServer,
  type Peer,
  peerOf,
  type StreamEvent,
  type StreamStatus,
  type XdsServer,
  type XdsServerOptions,
} from './server.ts';
export { ReplaceableCredentials, type TlsIdentity } from './credentials.ts';
export type { Acknowledgement, DeliveredUpdate, HubOptions, TypeStatus } from './hub.ts';
export type { FleetMembership } from './fleet.ts';
export type { RefusalReport } from './events.ts';
export { Delivery, type DeliveryReport } from './delivery.ts';
export type { FleetRefusal, PeerMessage } from './peer-message.ts';
export { PeerLink, type PeerLinkOptions, PeerServer, type PeerServerOptions } from './peers.ts';
