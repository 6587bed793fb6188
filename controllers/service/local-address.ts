import { BlockList, isIPv6 } from 'node:net';

const local = new BlockList();
local.addSubnet('0.0.0.0', 8, 'ipv4');
local.addSubnet('127.0.0.0', 8, 'ipv4');
local.addSubnet('169.254.0.0', 16, 'ipv4');
local.addAddress('::', 'ipv6');
local.addAddress('::1', 'ipv6');
local.addSubnet('fe80::', 10, 'ipv6');
// The same IPv4 ranges written as IPv6.
local.addSubnet('::ffff:0.0.0.0', 104, 'ipv6');
local.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');
local.addSubnet('::ffff:169.254.0.0', 112, 'ipv6');

/**
 * Whether an IP address is loopback, link-local or unspecified: reachable from the proxy's own machine alone, where
 * neighbours such as its admin interface or a cloud's metadata service listen.
 */
export function isLocalAddress(address: string): boolean {
  return local.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
