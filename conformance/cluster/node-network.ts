import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { LOAD_BALANCER_RANGE, NODE_ADDRESS, SERVICE_RANGE } from './addresses.ts';

/**
 * The node's own network, inside the cluster's namespace: an address on a bridge without ports, a route that lets the
 * addresses of Services enter the rules of kube-proxy, and the load balancers' range as local, so that a port which no
 * Service has refuses at once.
 */
export async function setUpNodeNetwork(): Promise<void> {
  await ip([
    'link set lo up',
    'link add node0 type bridge',
    `addr add ${NODE_ADDRESS}/24 dev node0`,
    'link set node0 up',
    `route add ${SERVICE_RANGE} dev node0`,
    `route add local ${LOAD_BALANCER_RANGE} dev lo`,
  ]);
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
}

/** Runs commands of `ip` in one go, in the network namespace of that name if one is given. Throws at the first that fails. */
export function ip(commands: readonly string[], namespace?: string): Promise<void> {
  const args = [...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-'];
  return new Promise((resolve, reject) => {
    const child = spawn('ip', args, { stdio: ['pipe', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Uint8Array) => errors += Buffer.from(chunk).toString());
    child.on('error', reject);
    child.on('close', (code) => code === 0 ? resolve() : reject(new Error(`ip: ${errors.trim()}`)));
    child.stdin.on('error', () => {/* It ended early, and says why itself. */});
    child.stdin.end(`${commands.join('\n')}\n`);
  });
}
