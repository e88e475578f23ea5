/** What a PAC file, the system and the environment answer when they are asked for the way. */
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
 * `PROXY host:8080; SOCKS5 host:1080; DIRECT`, or one address as the environment has it.
 * @returns addresses and `DIRECT`, best first; what is not understood is left out
 */
export function parseProxyList(answer: string): string[] {
  if (answer.includes('://')) return [parseProxyUrl(answer.trim())].filter((one) => one !== undefined);
  return answer
    .split(';')
    .map((one) => one.trim())
    .flatMap((one) => {
      if (/^DIRECT$/i.test(one)) return ['DIRECT'];
      const [, keyword = '', host = ''] = /^([A-Z0-9]+)\s+(\S+)$/i.exec(one) ?? [];
      const scheme = schemes[keyword.toUpperCase()];
      const address = `${scheme}://${host}`;
      return scheme !== undefined && URL.canParse(address) && new URL(address).hostname !== '' ? [address] : [];
    });
}

/** With its login, which is a secret: it goes no further than to the proxy. */
function parseProxyUrl(typed: string): string | undefined {
  if (!URL.canParse(typed)) return undefined;
  const { protocol, username, password, host } = new URL(typed);
  return `${protocol}//${username}${password === '' ? '' : `:${password}`}${username === '' ? '' : '@'}${host}`;
}

/** What the profile says comes first; a login in the address itself counts without it. */
export function withLogin(proxy: string, login: ProxyLogin | undefined): string {
  if (proxy === 'DIRECT' || login === undefined) return proxy;
  const url = new URL(proxy);
  const userInfo = `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@`;
  return `${url.protocol}//${userInfo}${url.host}`;
}
