import { expect, test } from 'vitest';
import { contactedHosts } from './contacted-hosts.ts';

/** Bytes as `strace -xx` prints them: `\x68\x69`. */
const escaped = (bytes: Buffer | string): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/../g, String.raw`\x$&`);

/** A DNS query for the IPv4 address of a name: a header, the labels of the name, type A and class IN. */
const query = (name: string): Buffer =>
  Buffer.concat([
    Buffer.from('f32401000001000000000000', 'hex'),
    ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0, 0, 1, 0, 1]),
  ]);

const trace = [
  `1 connect(3<UDP:[1]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("${escaped('192.0.2.53')}")}, 16) = 0`,
  `1 sendto(3<UDP:[0.0.0.0:24744]>, "${escaped(query('redirector.example.com'))}", 40, 0, NULL, 0) = 40`,
  `1 sendmmsg(4<UDP:[192.0.2.2:1->192.0.2.53:53]>, [{msg_hdr={msg_iov=[{iov_base="${escaped(query('a.example'))}", iov_len=27}]}}, {msg_hdr={msg_iov=[{iov_base="${escaped(query('b.example'))}", iov_len=27}]}}], 2, 0 <unfinished ...>`,
  `1 sendto(5<UDP:[192.0.2.2:1->198.51.100.1:443]>, "${escaped(Buffer.alloc(40, 0xc3))}", 40, 0, NULL, 0) = 40`,
  `2 connect(6<TCP:[2]>, {sa_family=AF_INET, sin_port=htons(9000), sin_addr=inet_addr("${escaped('127.0.0.1')}")}, 16) = -1 EINPROGRESS`,
  `2 connect(7<TCPv6:[3]>, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "${escaped('::1')}", &sin6_addr), sin6_scope_id=0}, 28) = 0`,
  `2 connect(8<UNIX-STREAM:[4]>, {sa_family=AF_UNIX, sun_path="${escaped('/run/bus')}"}, 20) = 0`,
  '2 <... connect resumed>) = 0',
];

test('lists names, connections and datagrams, but no UDP socket that sent nothing', () => {
  expect(contactedHosts(trace.join('\n'))).toEqual([
    '127.0.0.1:9000',
    '[::1]:80',
    'a.example',
    'b.example',
    'redirector.example.com',
    'udp 198.51.100.1:443',
  ]);
});
