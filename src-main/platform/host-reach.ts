/** Determines from a host's name or address which computers can reach it. */
import { BlockList, isIP } from 'node:net';

/** `anywhere`: no limit is known from the name or the address. */
export type Reach = 'this-computer' | 'this-network' | 'anywhere';

const loopbackAddresses = new BlockList();
loopbackAddresses.addSubnet('127.0.0.0', 8);
loopbackAddresses.addAddress('0.0.0.0');
loopbackAddresses.addAddress('::1', 'ipv6');
loopbackAddresses.addAddress('::', 'ipv6');

// RFC 1918, link-local (RFC 3927, 4291), carrier-grade NAT and overlay networks (RFC 6598), unique local (RFC 4193).
const privateNetworks = new BlockList();
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  privateNetworks.addSubnet(net, bits);
privateNetworks.addSubnet('fc00::', 7, 'ipv6');
privateNetworks.addSubnet('fe80::', 10, 'ipv6');

const localDomains = ['.local', '.lan', '.home', '.home.arpa', '.internal', '.localdomain', '.intranet', '.test'];

/** @param host a name or an address, with or without the brackets of a URL */
export function hostReach(host: string): Reach {
  const hostname = host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  const family = isIP(hostname);
  if (family) return addressReach(hostname, family === 6 ? 'ipv6' : 'ipv4');
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return 'this-computer';
  return !hostname.includes('.') || localDomains.some((domain) => hostname.endsWith(domain))
    ? 'this-network'
    : 'anywhere';
}

function addressReach(address: string, family: 'ipv4' | 'ipv6'): Reach {
  // An IPv4 address in an IPv6 one, like `::ffff:192.168.1.2`.
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped) return addressReach(mapped, 'ipv4');
  if (loopbackAddresses.check(address, family)) return 'this-computer';
  return privateNetworks.check(address, family) ? 'this-network' : 'anywhere';
}
