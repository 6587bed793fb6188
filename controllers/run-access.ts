import { X509Certificate } from 'node:crypto';

import { type Caller, callerOf, type Credentials, rootsOf, shareTrust } from '../lib/pki/mod.ts';
import { type Peer, ReplaceableCredentials } from '../lib/xds/mod.ts';

export interface XdsAccessOptions {
  /** What the server shows and trusts at first. */
  readonly credentials: Credentials;
  /** ms since the epoch; the machine's unless given. */
  readonly now?: () => number;
}

/** Who gets into the xDS server, and as whom: a Gateway's proxies into its fleet, controllers to each other, nobody else. */
export class XdsAccess {
  /** For the server. */
  readonly credentials: ReplaceableCredentials;
  readonly #now: () => number;
  #current: Credentials;
  /**
   * All that have been trusted since the authority was last replaced at once. Connections outlast the root that let them in
   * where others were trusted beside it.
   */
  #anchors: ReadonlyMap<string, X509Certificate>;

  constructor({ credentials, now = Date.now }: XdsAccessOptions) {
    this.credentials = new ReplaceableCredentials(credentials);
    this.#now = now;
    this.#current = credentials;
    this.#anchors = rootsOf(credentials);
  }

  /**
   * Takes over new credentials. Answers whether all connections have to be ended: whoever is connected was let in by roots
   * none of which is trusted any more, and is denied from now on. Throws if they cannot be used.
   */
  replace(credentials: Credentials): boolean {
    this.credentials.replace(credentials);
    const broken = !shareTrust(this.#current, credentials);
    this.#anchors = new Map([...broken ? [] : this.#anchors, ...rootsOf(credentials)]);
    this.#current = credentials;
    return broken;
  }

  /** The fleet of a caller, which is the Gateway that its certificate names, whatever it says of itself. */
  fleetOf(peer: Peer): string | undefined {
    const caller = this.#callerOf(peer);
    return caller !== undefined && 'gateway' in caller ? caller.gateway : undefined;
  }

  /** Whether a caller is a controller, who may talk with others of its kind, and belongs to no fleet. */
  isController(peer: Peer): boolean {
    const caller = this.#callerOf(peer);
    return caller !== undefined && 'controller' in caller;
  }

  /** The handshake has verified the certificate, but that may be long ago. */
  #callerOf({ certificate }: Peer): Caller | undefined {
    const caller = callerOf(certificate, this.#now());
    if (certificate === undefined || caller === undefined) return undefined;
    const shown = new X509Certificate(certificate);
    const isSigned = [...this.#anchors.values()].some(({ publicKey }) => shown.verify(publicKey));
    return isSigned ? caller : undefined;
  }
}
