/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/providers/network/server-message.ts',
    find: `const line = redact(message.slice(0, 20 * maxCharacters))
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\\p{C}\\p{Z}\\s]+/gu, ' ')
    .replace(/[“”"]/g, "'")
    .trim()
    .replace(/[.:;,\\s]+$/, '');`,
    replace:
      "const line = redact(message.slice(0, maxCharacters)).replace(/<[^>]*>/g, ' ').replace(/[\\p{C}\\p{Z}\\s]+/gu, ' ').replace(/[“”\"]/g, \"'\").trim().replace(/[.:;,\\s]+$/, '');",
    breaks: 'what a server says is cut before secrets are taken out of it',
    caughtBy: { unit: 'what no row is about keeps the words of the server' },
  },
  {
    file: 'src-main/providers/network/network-errors.ts',
    find: `ENOTFOUND: meaning('unreachable', 'endpoint', 'noHost'),
  ENODATA: meaning('unreachable', 'endpoint', 'noHost'),
  ECONNREFUSED: meaning('unreachable', 'endpoint', 'refused'),`,
    replace:
      "ENOTFOUND: meaning('bug'), ENODATA: meaning('unreachable', 'endpoint', 'noHost'), ECONNREFUSED: meaning('unreachable', 'endpoint', 'refused'),",
    breaks: 'a host that is not there is said to be a mistake of Hoist',
    caughtBy: { unit: 'is what it is' },
  },
  {
    file: 'src-main/providers/keys/key-reservation.ts',
    find: 'if (this.#reservedKeys.has(key) || (await isTaken(key)) || this.#reservedKeys.has(key)) return false;',
    replace: 'if (await isTaken(key)) return false;',
    breaks: 'two files of one name that are sent at once overwrite each other where the store knows no conditions',
    caughtBy: { unit: 'files of one name that are sent at once get names of their own' },
  },
  {
    file: 'src-main/providers/network/connect-timeout.ts',
    find: 'const timer = setTimeout(fail, ms);',
    replace: 'const timer = setTimeout(fail, isTls ? 1e9 : ms);',
    breaks: 'a server that takes a connection and never shakes hands is waited for',
    caughtBy: {
      unit: 'somebody who takes the connection and never shakes hands: directly, through a tunnel, through SOCKS',
    },
  },
  {
    file: 'src-main/providers/network/transport.ts',
    find: `return hostReach(url.hostname) === 'this-computer'
      ? []
      : parseProxyList(await this.#withTimeout(this.#ports.systemProxy(url.href), 'proxy'));`,
    replace: "return parseProxyList(await this.#withTimeout(this.#ports.systemProxy(url.href), 'proxy'));",
    breaks: 'where the system has a proxy, Practice and every server on this computer is looked for behind it',
    caughtBy: { unit: 'this computer is never behind its proxy' },
  },
  {
    file: 'src-main/providers/network/proxy-agents.ts',
    find: `if (status === 200) return withConnectTimeout(socket, this.#connectMs);
      socket.destroy();
      throw refusalForStatus(status);`,
    replace: 'return withConnectTimeout(socket, this.#connectMs);',
    breaks: 'what a proxy answers instead is taken for the answer of the store',
    caughtBy: { unit: 'to CONNECT is not taken for the store' },
  },
  {
    file: 'src-main/providers/network/speed-limit.ts',
    find: 'this.#freeAt = start + bytes / this.#bytesPerMs;',
    replace: 'this.#freeAt = start + bytes / (4 * this.#bytesPerMs);',
    breaks: 'a destination sends four times as fast as it may',
    caughtBy: { unit: 'bytes a second, whoever sends them' },
  },
  {
    file: 'src-main/providers/destination/connect.ts',
    find: 'probe: (link, size, signal) => probeLink(link, size, signal, anonymousTransport),',
    replace: 'probe: (link, size, signal) => probeLink(link, size, signal),',
    breaks: 'behind an own certificate every link counts as one that does not open',
    caughtBy: { unit: 'the certificate: signed by nobody whom this computer knows' },
  },
  {
    file: 'src-main/providers/registry.ts',
    find: 'modulePromises.set(provider, module);',
    replace: '',
    breaks: 'each destination loads its code anew',
    caughtBy: { unit: 'two uses load it once' },
  },
  {
    file: 'src-main/providers/transfer/request-handler.ts',
    find: 'this.#request.destroy();',
    replace: '',
    breaks: 'a canceled upload goes on sending what was begun',
    caughtBy: { unit: 'a cancel in the middle of a body closes every socket at once' },
  },
  {
    file: 'src-main/providers/transfer/checksum.ts',
    find: `const count = await source.read(
  buffer.subarray(0, Math.min(buffer.length, range.length - done)),
  range.start + done,
);`,
    replace: 'const count = await source.read(buffer.subarray(0, Math.min(buffer.length, range.length - done)), done);',
    breaks: 'every part is sent with the checksum of the first one',
    caughtBy: { unit: 'at Amazon: CRC32 of exactly the bytes of each part' },
  },
  {
    file: 'src-main/providers/keys/object-key.ts',
    find: 'if (safe === name) return safe;',
    replace: "if (safe === name || safe !== '') return safe;",
    breaks: 'of two files whose names differ in a sign that cannot stay, one overwrites the other',
    caughtBy: { unit: 'gets a mark, so that it does not become its neighbour’s' },
  },
  {
    file: 'src-main/providers/transfer/request-handler.ts',
    find: 'rejectPage(request, output);',
    replace: '',
    breaks: 'a login page of the network counts as the answer to a clean-up or a list',
    caughtBy: { unit: 'to a look, a list and a clean-up: nothing is said to be there, or gone' },
  },
  {
    file: 'src-main/providers/transfer/request-handler.ts',
    find: 'bufferBytes: 256 * 1024,',
    replace: 'bufferBytes: 16 * 1024 * 1024,',
    breaks: 'a whole part is held in memory for each connection',
    caughtBy: { unit: 'memory does not grow with the file' },
  },
  {
    file: 'src-main/providers/destination/connect.ts',
    find: `if (verification === 'private' || verification === 'unreachable')
        return this.#failLinkCheck(destination, link, verification);`,
    replace: "if (verification === 'private' || verification === 'unreachable') return verification;",
    breaks: 'a setup whose links nobody can open is called ready',
    caughtBy: { unit: 'the permission to read, for everybody' },
  },
  {
    file: 'src-main/providers/transfer/request-handler.ts',
    find: "if (!isWhole && statusCode < 300) return this.#fail(failure('wrong-service', { field: 'endpoint' }));",
    replace: '',
    breaks: 'an answer that a proxy made up before the file was sent counts as stored',
    caughtBy: { unit: 'a refusal in the middle of the body is heard' },
  },
  {
    file: 'src-main/providers/network/transport.ts',
    find: 'const tlsOptions = { rejectUnauthorized: true, ...trustedRoots(settings.certificates) };',
    replace: 'const tlsOptions = { rejectUnauthorized: false, ...trustedRoots(settings.certificates) };',
    breaks: 'a certificate that nobody vouches for is accepted the second time',
    caughtBy: { unit: 'a certificate that nobody vouches for: not tried again, and nothing is sent in the clear' },
  },
];
