/** Parses the proxy lists that PAC files, the system and the environment variables return. */
import type { ProxyLogin } from '../settings/common-settings.ts';

const schemes: Record<string, string> = {
  PROXY: 'http',
  HTTP: 'http',
  HTTPS: 'https',
  SOCKS: 'socks5',
  SOCKS4: 'socks4',
  SOCKS5: 'socks5',
};

/**
 * Parses `PROXY host:8080; SOCKS5 host:1080; DIRECT`, or a single address from an environment variable.
 * @returns addresses and `DIRECT`, best first; unknown entries are left out
 */
export function parseProxyList(list: string): string[] {
  if (list.includes('://')) return [parseProxyUrl(list.trim())].filter((url) => url !== undefined);
  return list
    .split(';')
    .map((entry) => entry.trim())
    .flatMap((entry) => {
      if (/^DIRECT$/i.test(entry)) return ['DIRECT'];
      const [, keyword = '', host = ''] = /^([A-Z0-9]+)\s+(\S+)$/i.exec(entry) ?? [];
      const scheme = schemes[keyword.toUpperCase()];
      const address = `${scheme}://${host}`;
      return scheme !== undefined && URL.canParse(address) && new URL(address).hostname !== '' ? [address] : [];
    });
}

/** Keeps the login in the address. The login is a secret that only the proxy gets. */
function parseProxyUrl(typed: string): string | undefined {
  if (!URL.canParse(typed)) return undefined;
  const { protocol, username, password, host } = new URL(typed);
  const login = password === '' ? username : `${username}:${password}`;
  return `${protocol}//${login === '' ? '' : `${login}@`}${host}`;
}

/** The profile's login overrides a login in the address. */
export function withLogin(proxy: string, login: ProxyLogin | undefined): string {
  if (proxy === 'DIRECT' || login === undefined) return proxy;
  const url = new URL(proxy);
  const userInfo = `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@`;
  return `${url.protocol}//${userInfo}${url.host}`;
}
