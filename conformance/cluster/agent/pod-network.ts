import { POD_GATEWAY } from '../addresses.ts';
import { ip } from '../node-network.ts';

/** Addresses of pods: the lowest free one of 10.244.0.0/16, so that a test's are easy to read. */
export class PodAddresses {
  readonly #used = new Set<number>([0, 1]);

  take(): string {
    let number = 2;
    while (this.#used.has(number)) number++;
    if (number > 0xffff) throw new Error('no pod address is free');
    this.#used.add(number);
    return `10.244.${number >> 8}.${number & 0xff}`;
  }

  release(address: string): void {
    const [, , high = 0, low = 0] = address.split('.').map(Number);
    this.#used.delete((high << 8) | low);
  }
}

export interface PodNetwork {
  /** Of the network namespace. */
  readonly name: string;
  /** Of the node's end of the pair. */
  readonly link: string;
  readonly address: string;
}

export function podNetwork(uid: string, address: string): PodNetwork {
  const short = uid.replaceAll('-', '').slice(0, 12);
  return { name: `pod-${short}`, link: `v${short}`, address };
}

/**
 * A network namespace that a pair of devices joins to the node. All goes by routes, so the rules of kube-proxy see all. If it
 * cannot be made, nothing of it is left.
 */
export async function addNetwork(network: PodNetwork): Promise<void> {
  try {
    await makeNetwork(network);
  } catch (error) {
    await removeNetwork(network).catch(() => {});
    throw error;
  }
}

async function makeNetwork({ name, link, address }: PodNetwork): Promise<void> {
  await ip([
    `netns add ${name}`,
    `link add ${link} type veth peer name eth0 netns ${name}`,
    `addr add ${POD_GATEWAY}/32 dev ${link}`,
    `link set ${link} up`,
    `route add ${address}/32 dev ${link}`,
  ]);
  await ip([
    'link set lo up',
    `addr add ${address}/32 dev eth0`,
    'link set eth0 up',
    `route add ${POD_GATEWAY} dev eth0 scope link`,
    `route add default via ${POD_GATEWAY} dev eth0`,
  ], name);
}

/** With all of its routes: the kernel ends a namespace some time later, and the next pod may have the address. */
export async function removeNetwork({ name, link }: PodNetwork): Promise<void> {
  await ip([`link del ${link}`]).catch(() => {/* There is none, if it could not be made. */});
  await ip([`netns del ${name}`]);
}

/** Where a program enters it. */
export function networkFile({ name }: PodNetwork): string {
  return `/run/netns/${name}`;
}
