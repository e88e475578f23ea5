/**
 * Values of NO_PROXY, URLs, and the route that the documentation of curl (since 7.86), Go
 * (golang.org/x/net/http/httpproxy) and Python's urllib (used by the AWS command line) gives for them. `differs` names
 * the programs that actually take the other route, for example because curl has bugs with IPv6 addresses.
 */
export type NoProxyCase = [
  noProxy: string,
  url: string,
  route: 'proxy' | 'direct',
  differs?: ('curl' | 'Go' | 'urllib')[],
];

export const noProxyCases: NoProxyCase[] = [
  ['', 'http://10.1.1.1/', 'proxy'],
  ['*', 'https://store.example.com/', 'direct'],
  ['other.example,*', 'https://store.example.com/', 'direct', ['curl', 'urllib']],
  ['store.example.com', 'https://store.example.com/', 'direct'],
  ['example.com', 'https://store.example.com/', 'direct'],
  ['example.com', 'https://example.com/', 'direct'],
  ['example.com', 'https://notexample.com/', 'proxy'],
  ['example.com', 'https://example.com.evil.net/', 'proxy'],
  ['.example.com', 'https://store.example.com/', 'direct'],
  ['.example.com', 'https://example.com/', 'direct', ['Go']],
  ['*.example.com', 'https://store.example.com/', 'direct', ['curl', 'urllib']],
  ['*.example.com', 'https://example.com/', 'proxy'],
  ['Example.COM', 'https://STORE.example.com/', 'direct'],
  ['example.com.', 'https://store.example.com/', 'direct', ['Go', 'urllib']],
  ['example.com', 'https://store.example.com./', 'direct', ['Go', 'urllib']],
  ['a.example, store.example.com', 'https://store.example.com/', 'direct'],
  ['a.example store.example.com', 'https://store.example.com/', 'direct', ['Go', 'urllib']],
  ['a.example,,store.example.com,', 'https://store.example.com/', 'direct'],
  ['store.example.com:8443', 'https://store.example.com:8443/', 'direct', ['curl']],
  ['store.example.com:8443', 'https://store.example.com/', 'proxy'],
  ['store.example.com:443', 'https://store.example.com/', 'direct', ['curl', 'urllib']],
  ['store.example.com:80', 'http://store.example.com/', 'direct', ['curl', 'urllib']],
  ['10.1.1.1', 'http://10.1.1.1:9000/', 'direct'],
  ['10.1.1.1:9000', 'http://10.1.1.1:9000/', 'direct', ['curl']],
  ['10.1.1.1:9001', 'http://10.1.1.1:9000/', 'proxy'],
  ['10.1.1.1', 'http://10.1.1.11/', 'proxy'],
  ['1.1.1', 'http://10.1.1.1/', 'proxy', ['urllib']],
  ['10.1.0.0/16', 'http://10.1.1.1:9000/', 'direct', ['urllib']],
  ['10.1.0.0/16', 'http://10.2.1.1/', 'proxy'],
  ['localhost,127.0.0.1,10.1.0.0/16,192.168.0.0/16', 'https://192.168.4.5/', 'direct', ['urllib']],
  ['10.0.0.0/33', 'http://10.1.1.1/', 'proxy'],
  ['0.0.0.0/0', 'http://10.1.1.1/', 'direct', ['curl', 'urllib']],
  ['10.0.0.0/8', 'http://store.example.com/', 'proxy'],
  ['fd00::1', 'http://[fd00::1]:9000/', 'direct', ['urllib']],
  ['[fd00::1]', 'http://[fd00::1]:9000/', 'direct', ['curl', 'Go']],
  ['fd00:0:0::1', 'http://[fd00::1]/', 'direct', ['curl', 'urllib']],
  ['fd00::/8', 'http://[fd12::1]/', 'direct', ['curl', 'urllib']],
  ['fd00::/8', 'http://[fe80::1]/', 'proxy'],
  ['10.0.0.0/8', 'http://[::ffff:10.1.1.1]/', 'direct', ['curl', 'urllib']],
];
