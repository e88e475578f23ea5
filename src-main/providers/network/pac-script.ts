/**
 * Proves that an answer comes from a PAC script. Chromium answers `DIRECT` or the system's proxy until it has loaded
 * the script of a new session, and an empty list when the script fails. If Hoist used these answers, requests would
 * bypass the proxy that the script names. Chromium never runs a script for this computer's addresses, so Hoist only
 * checks that the script has loaded.
 */
import { BlockList, isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { failure } from '../../../src-shared/errors.ts';
import { hostReach } from '../../platform/host-reach.ts';

/** A proxy that no network has: the name ends with `.invalid` (RFC 6761). */
const marker = 'PROXY answer-of-the-pac-file.invalid:1';

/** The marked script answers `DIRECT` for this URL without calling the file's function. */
const loadedUrl = 'http://is-the-pac-file-loaded.invalid/';

const linkLocalAddresses = new BlockList();
linkLocalAddresses.addSubnet('169.254.0.0', 16);
linkLocalAddresses.addSubnet('fe80::', 10, 'ipv6');

/** Time limit in ms for an answer that comes from the script. */
const answerMs = 3000;
/** Pause in ms between two requests for an answer. */
const retryMs = 10;

/** Returns the script with an addition that puts the marker at the start of every answer. */
export const markAnswers = (script: string): string => `${script}
;(function (find) {
  FindProxyForURL = function (url, host) {
    if (typeof find === 'function' && host === '${new URL(loadedUrl).hostname}') return '${marker};DIRECT';
    var answer = find(url, host);
    return typeof answer === 'string' ? '${marker};' + answer : answer;
  };
})(FindProxyForURL);
`;

/**
 * Returns the URL that Hoist asks the marked script about. It is the given one, except for addresses that Chromium
 * always connects to directly: loopback (`ProxyBypassRules::MatchesImplicitRules`) and link-local addresses.
 */
export function urlForScript(url: string): string {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const isLinkLocal = isIP(host) !== 0 && linkLocalAddresses.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
  return isLinkLocal || hostReach(host) === 'this-computer' ? loadedUrl : url;
}

/**
 * Asks until an answer has the marker.
 * @param ask returns the proxy list of the session that has the marked script
 * @returns the proxy list without the marker, which is `DIRECT` when the script names no usable proxy
 * @throws AppFailure invalid-input at `proxyAddress` when no answer comes from the script: the script is broken
 */
export async function askScript(ask: () => Promise<string>, waitMs = answerMs): Promise<string> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const answer = await ask();
    if (answer.startsWith(marker)) return answer.slice(marker.length).replace(/^[;\s]+/, '') || 'DIRECT';
    if (performance.now() >= deadline)
      throw failure('invalid-input', { field: 'proxyAddress', params: { why: 'pac' } });
    await delay(retryMs);
  }
}
