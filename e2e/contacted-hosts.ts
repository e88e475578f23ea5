/** Reads from a trace of system calls (traced-network.sh) which hosts all processes of the app contacted. */

/**
 * The names that were looked up and the addresses that were contacted: `host.example`, `192.0.2.1:443`, `[::1]:80`,
 * `udp 192.0.2.1:443`. Connecting a UDP socket sends nothing, so only sent datagrams count.
 */
export function contactedHosts(trace: string): string[] {
  const hosts = trace.split('\n').flatMap((line) => {
    if (/\bconnect\(\d+<TCP/.test(line)) return connectedAddress(line);
    if (/\bsend(?:to|msg|mmsg)\(\d+<UDP/.test(line)) return datagramTargets(line);
    return [];
  });
  return [...new Set(hosts)].toSorted();
}

/** Address and port of a `connect` call with a TCP socket, in which strace writes the address as `\x31\x32…`. */
function connectedAddress(line: string): string[] {
  const port = /sin6?_port=htons\((\d+)\)/.exec(line)?.[1];
  const quoted = /inet_(?:addr\(|pton\(AF_INET6, )"((?:\\x[0-9a-f]{2})+)"/.exec(line)?.[1];
  if (!port || !quoted) return [];
  const address = decode(quoted).toString();
  return [`${address.includes(':') ? `[${address}]` : address}:${port}`];
}

/** The names that a call of `send…` looks up by DNS; for other datagrams their address, which strace writes as `->…]`. */
function datagramTargets(line: string): string[] {
  const payloads = [...line.matchAll(/"((?:\\x[0-9a-f]{2})+)"/g)].map(([, quoted = '']) => decode(quoted));
  const names = payloads.flatMap((payload) => queriedName(payload) ?? []);
  if (names.length > 0) return names;
  return [`udp ${/->([^>\]]+)\]/.exec(line)?.[1] ?? 'to an unknown address'}`];
}

/** The name in a DNS query (RFC 1035, 4.1); undefined for other datagrams. */
function queriedName(datagram: Buffer): string | undefined {
  const headerLength = 12;
  if (datagram.length <= headerLength) return undefined;
  const isResponse = datagram[2]! >= 0x80;
  const questionCount = datagram.readUInt16BE(4);
  if (isResponse || questionCount !== 1) return undefined;
  const labels: string[] = [];
  let at = headerLength;
  for (;;) {
    const length = datagram[at];
    if (length === undefined || length > 63) return undefined;
    if (length === 0) return labels.join('.');
    labels.push(datagram.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
}

/** The bytes that strace printed as `\x68\x69`. */
const decode = (quoted: string): Buffer => Buffer.from(quoted.replaceAll('\\x', ''), 'hex');
