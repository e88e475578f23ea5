/** Who can reach a host, as far as its name or address tells. */
import { BlockList, isIP } from 'node:net';

/** `anywhere` means: nothing says otherwise. */
export type Reach = 'this-computer' | 'this-network' | 'anywhere';

const own = new BlockList();
own.addSubnet('127.0.0.0', 8);
own.addAddress('0.0.0.0');
own.addAddress('::1', 'ipv6');
own.addAddress('::', 'ipv6');

// RFC 1918, link-local (RFC 3927, 4291), carrier-grade NAT and overlay networks (RFC 6598), unique local (RFC 4193).
const local = new BlockList();
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  local.addSubnet(net, bits);
local.addSubnet('fc00::', 7, 'ipv6');
local.addSubnet('fe80::', 10, 'ipv6');

const localDomains = ['.local', '.lan', '.home', '.home.arpa', '.internal', '.localdomain', '.intranet', '.test'];

/** @param host a name or an address, with or without the brackets of a URL */
export function reachOf(host: string): Reach {
  const bare = host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  const family = isIP(bare);
  if (family) return reachOfAddress(bare, family === 6 ? 'ipv6' : 'ipv4');
  if (bare === 'localhost' || bare.endsWith('.localhost')) return 'this-computer';
  return !bare.includes('.') || localDomains.some((domain) => bare.endsWith(domain)) ? 'this-network' : 'anywhere';
}

function reachOfAddress(address: string, family: 'ipv4' | 'ipv6'): Reach {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped) return reachOfAddress(mapped, 'ipv4');
  if (own.check(address, family)) return 'this-computer';
  return local.check(address, family) ? 'this-network' : 'anywhere';
}
