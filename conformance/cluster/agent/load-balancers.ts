import { BlockList } from 'node:net';
import { LOAD_BALANCER_RANGE } from '../addresses.ts';

/** What decides about the address of a Service of type LoadBalancer. */
export interface Claim {
  readonly uid: string;
  /** `spec.loadBalancerIP`. */
  readonly wanted?: string | undefined;
  /** What its status says already. */
  readonly current?: string | undefined;
}

const [NETWORK = '', PREFIX] = LOAD_BALANCER_RANGE.split('/');
/** Beyond them addresses are given to those only who ask for one. */
const FIRST_WITHOUT_ASKING = 1;
const LAST_WITHOUT_ASKING = 255 * 256 - 1;

/** Addresses of load balancers; each belongs to one Service at a time. */
export class LoadBalancerAddresses {
  readonly #owners = new Map<string, string>();
  readonly #range = new BlockList();

  constructor() {
    this.#range.addSubnet(NETWORK, Number(PREFIX));
  }

  /** The Service's address, from now on; none if the one that it wants is another's or out of range. */
  take({ uid, wanted, current }: Claim): string | undefined {
    const kept = this.#of(uid) ?? current;
    const address = wanted !== undefined && wanted !== ''
      ? (this.#range.check(wanted) ? wanted : undefined)
      : kept ?? this.#free();
    if (address !== this.#of(uid)) this.release(uid);
    if (address === undefined || (this.#owners.get(address) ?? uid) !== uid) return undefined;
    this.#owners.set(address, uid);
    return address;
  }

  release(uid: string): void {
    const address = this.#of(uid);
    if (address !== undefined) this.#owners.delete(address);
  }

  #of(uid: string): string | undefined {
    for (const [address, owner] of this.#owners) if (owner === uid) return address;
    return undefined;
  }

  #free(): string | undefined {
    for (let number = FIRST_WITHOUT_ASKING; number <= LAST_WITHOUT_ASKING; number++) {
      const address = NETWORK.replace(/\d+\.\d+$/, `${number >> 8}.${number & 0xff}`);
      if (!this.#owners.has(address)) return address;
    }
    return undefined;
  }
}
