/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/providers/network/pac-file.ts',
    find: 'if (!stats.isFile() || stats.size > maxBytes)',
    replace: 'if (stats.size > 1e9)',
    breaks: 'a device or a huge file is read as a proxy configuration file',
    caughtBy: { unit: 'is rejected without reading it' },
  },
  {
    file: 'src-main/providers/settings/common-settings.ts',
    find: '|| isOnFileServer(typed, url)',
    replace: '',
    breaks: 'a proxy configuration file on a file server gets the login of Windows',
    caughtBy: { unit: 'as a configuration file, because Windows would send the password hash to the server' },
  },
  {
    file: 'src-main/providers/fal/api.ts',
    find: 'v.check(isSafeLink)',
    replace: 'v.check(URL.canParse)',
    breaks: 'a link with a line break from fal.ai is copied',
    caughtBy: { unit: 'a link with a line break' },
  },
  {
    file: 'src-main/providers/s3/unreadable-response.ts',
    find: "typeof text === 'string' ? text.slice(0, maxTextLength) : undefined",
    replace: "typeof text === 'string' ? text : undefined",
    breaks: 'an error page of 8 MB stops the app for seconds',
    caughtBy: { unit: 'takes little time' },
  },
  {
    file: 'src-main/providers/transfer/limit-response.ts',
    find: 'if (bytes > maxBytes) done(new ResponseTooLargeError(maxBytes));\n      else done(null, chunk);',
    replace: 'done(null, chunk);',
    breaks: 'an endless response of a server fills the memory',
    caughtBy: { unit: 'a download may have the size that the caller expects' },
  },
  {
    file: 'src-main/providers/transfer/limit-response.ts',
    find: 'limited.destroy(slowResponseError())',
    replace: 'undefined',
    breaks: 'a response body of one byte per second holds a request for days',
    caughtBy: { unit: 'a request fails after its time limit when the server sends one byte at a time' },
  },
  {
    file: 'src-main/providers/transfer/request-handler.ts',
    find: 'setTimeout(() => timeout.abort(), this.#options.responseMs)',
    replace: 'setTimeout(() => undefined, 0)',
    breaks: 'response headers of one byte per second hold a request for hours',
    caughtBy: { unit: 'a request fails after its time limit when the server sends one byte at a time' },
  },
  {
    file: 'src-main/providers/network/pac-script.ts',
    find: 'if (answer.startsWith(marker)) return',
    replace: "if (!answer.startsWith(marker) && answer !== '') return answer; if (answer.startsWith(marker)) return",
    breaks: 'a session that has not loaded its PAC script yet connects directly',
    caughtBy: { unit: 'is awaited while Chromium still answers without the script' },
  },
  {
    file: 'src-main/providers/network/transport.ts',
    find: 'if (chosen === undefined) throw this.#noAnswer();',
    replace: '',
    breaks: 'an empty list of proxies means a direct connection',
    caughtBy: { unit: 'is not bypassed when the answer names no usable proxy' },
  },
  {
    file: 'src-main/providers/network/server-message.ts',
    find: `const line = redact(start)
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\\p{C}\\p{Z}\\s]+/gu, ' ')
    .replace(/[“”"]/g, "'")
    .trim()
    .replace(/[.:;,\\s]+$/, '');`,
    replace:
      "const line = redact(message.slice(0, maxCharacters)).replace(/<[^>]*>/g, ' ').replace(/[\\p{C}\\p{Z}\\s]+/gu, ' ').replace(/[“”\"]/g, \"'\").trim().replace(/[.:;,\\s]+$/, '');",
    breaks: 'a server message is truncated before its secrets are redacted',
    caughtBy: { unit: 'the sentence for an unknown error' },
  },
  {
    file: 'src-main/providers/network/network-errors.ts',
    find: `ENOTFOUND: meaning('unreachable', 'endpoint', 'noHost'),
  ENODATA: meaning('unreachable', 'endpoint', 'noHost'),
  ECONNREFUSED: meaning('unreachable', 'endpoint', 'refused'),`,
    replace:
      "ENOTFOUND: meaning('bug'), ENODATA: meaning('unreachable', 'endpoint', 'noHost'), ECONNREFUSED: meaning('unreachable', 'endpoint', 'refused'),",
    breaks: 'an unknown host is reported as a bug of Hoist',
    caughtBy: { unit: 'has the expected code, field, button and retry policy' },
  },
  {
    file: 'src-main/providers/keys/key-reservation.ts',
    find: 'if (this.#reservedKeys.has(key) || (await isTaken(key)) || this.#reservedKeys.has(key)) return false;',
    replace: 'if (await isTaken(key)) return false;',
    breaks: 'two files with the same name overwrite each other when the store has no conditional writes',
    caughtBy: { unit: 'stores files with the same name that are sent at once under different names' },
  },
  {
    file: 'src-main/providers/network/connect-timeout.ts',
    find: 'const timer = setTimeout(fail, ms);',
    replace: 'const timer = setTimeout(fail, isTls ? 1e9 : ms);',
    breaks: 'Hoist waits forever for a server that never finishes the TLS handshake',
    caughtBy: {
      unit: 'ends a TLS handshake that never finishes: directly, through a tunnel and through SOCKS',
    },
  },
  {
    file: 'src-main/providers/network/transport.ts',
    find: `return hostReach(url.hostname) === 'this-computer'
      ? ['DIRECT']
      : parseProxyList(await this.#withTimeout(this.#resolver.systemProxy(url.href)));`,
    replace: 'return parseProxyList(await this.#withTimeout(this.#resolver.systemProxy(url.href)));',
    breaks: 'requests to Practice and other servers on this computer go to the system proxy',
    caughtBy: { unit: 'is never used for this computer, so Practice always works' },
  },
  {
    file: 'src-main/providers/network/proxy-agents.ts',
    find: 'if (status === 200) return secureSocket(socket, opts, connectMs);',
    replace: 'return secureSocket(socket, opts, connectMs);',
    breaks: 'an error response of the proxy is taken for the response of the store',
    caughtBy: { unit: 'response to CONNECT' },
  },
  {
    file: 'src-main/providers/network/open-tunnel.ts',
    find: 'if (firstBytes.length > 0) socket.unshift(firstBytes);',
    replace: '',
    breaks: 'a connection through a proxy loses the first bytes of the store',
    caughtBy: { unit: 'bytes of the host that arrive with the response of the proxy are not lost' },
  },
  {
    file: 'src-main/providers/network/open-tunnel.ts',
    find: 'agent: false, signal, });',
    replace: 'agent: false, maxHeaderSize: 2 ** 30, });',
    breaks: 'a hostile proxy can fill the memory',
    caughtBy: { unit: 'a proxy that answers with one header line without end does not fill the memory' },
  },
  {
    file: 'src-main/providers/network/speed-limit.ts',
    find: 'this.#freeAt = start + (bytes * this.#processes()) / this.#bytesPerMs;',
    replace: 'this.#freeAt = start + (bytes * this.#processes()) / (4 * this.#bytesPerMs);',
    breaks: 'a destination sends at four times its speed limit',
    caughtBy: { unit: 'bytes a second, and each gets a fair share' },
  },
  {
    file: 'src-main/providers/destination/connect.ts',
    find: 'probe: (link, size, signal) => probeLink(link, size, signal, anonymousTransport),',
    replace: 'probe: (link, size, signal) => probeLink(link, size, signal),',
    breaks: 'with a private certificate authority every link counts as unreachable',
    caughtBy: { unit: 'fails if an unknown authority issued the certificate' },
  },
  {
    file: 'src-main/providers/destination/load-provider.ts',
    find: 'modulePromises.set(provider, module);',
    replace: '',
    breaks: 'each destination loads the provider code again',
    caughtBy: { unit: 'which is loaded once on first use' },
  },
  {
    file: 'src-main/providers/transfer/part-request.ts',
    find: 'this.#request.destroy();',
    replace: '',
    breaks: 'a canceled upload continues to send its parts in flight',
    caughtBy: { unit: 'a cancel in the middle of a body closes every socket and stops reading the file' },
  },
  {
    file: 'src-main/providers/transfer/checksum.ts',
    find: `const count = await source.read(
  buffer.subarray(0, Math.min(buffer.length, range.length - done)),
  range.start + done,
);`,
    replace: 'const count = await source.read(buffer.subarray(0, Math.min(buffer.length, range.length - done)), done);',
    breaks: 'every part is sent with the checksum of the first part',
    caughtBy: { unit: 'sends Amazon the CRC32 of each part' },
  },
  {
    file: 'src-main/providers/keys/object-key.ts',
    find: 'if (safe === name) return safe;',
    replace: "if (safe === name || safe !== '') return safe;",
    breaks: 'of two files whose names differ only in an unsafe character, one overwrites the other',
    caughtBy: { unit: 'a sanitized path segment gets a hash suffix, so that it cannot equal another segment' },
  },
  {
    file: 'src-main/providers/transfer/request-handler.ts',
    find: 'rejectPage(request, output);',
    replace: '',
    breaks: 'the page of a captive portal counts as the response to a deletion or a list request',
    caughtBy: { unit: 'makes stat, list and discard fail' },
  },
  {
    file: 'src-main/providers/transfer/request-handler.ts',
    find: 'bufferBytes: 256 * 1024,',
    replace: 'bufferBytes: 16 * 1024 * 1024,',
    breaks: 'each connection keeps a whole part in memory',
    caughtBy: { unit: 'memory use does not depend on the size of the file' },
  },
  {
    file: 'src-main/providers/destination/test-destination.ts',
    find: `if (verification === 'private' || verification === 'unreachable')
        return this.#failLinkCheck(destination, link, verification);`,
    replace: "if (verification === 'private' || verification === 'unreachable') return verification;",
    breaks: 'a setup whose links do not open passes its test',
    caughtBy: { unit: 'fails if the links are public but the files are not' },
  },
  {
    file: 'src-main/providers/transfer/part-request.ts',
    find: "if (!isWhole && statusCode < 300) return this.#fail(failure('wrong-service', { field: 'endpoint' }));",
    replace: '',
    breaks: 'a success response before the end of the file counts as stored',
    caughtBy: {
      unit: 'a response in the middle of the body stops the request',
    },
  },
  {
    file: 'src-main/providers/network/transport.ts',
    find: 'const tlsOptions = { rejectUnauthorized: true, ...trustedRoots(settings.certificates) };',
    replace: 'const tlsOptions = { rejectUnauthorized: false, ...trustedRoots(settings.certificates) };',
    breaks: 'an untrusted certificate is accepted',
    caughtBy: { unit: 'an untrusted certificate stops the upload without another attempt' },
  },
  {
    file: 'src-main/providers/network/proxy-environment.ts',
    find: "scheme = 'http'",
    replace: "scheme = 'https'",
    breaks: 'a proxy variable without a scheme makes Hoist start TLS with the proxy',
    caughtBy: { unit: 'means' },
  },
  {
    file: 'src-main/providers/network/proxy-environment.ts',
    find: 'if (range) return range.check(',
    replace: 'if (range) return false && range.check(',
    breaks: 'requests to a range in NO_PROXY go to the proxy',
    caughtBy: { unit: 'is reached through' },
  },
  {
    file: 'src-main/providers/network/proxy-login-problem.ts',
    find: "if (schemes.length > 0 && !schemes.some((name) => name.toLowerCase() === 'basic'))",
    replace: 'if (schemes.length < 0)',
    breaks: 'a proxy that accepts only NTLM is reported as a wrong password',
    caughtBy: { unit: 'names the cause if it requires' },
  },
  {
    file: 'src-main/providers/network/transport.ts',
    find: 'redactLoadedSecrets(settings.proxy.login?.password);',
    replace: '',
    breaks: 'a proxy that repeats its password puts it into an error message',
    caughtBy: {
      unit: 'no output and no stored file contains the secrets of a key and the password of a proxy (store)',
    },
  },
];
