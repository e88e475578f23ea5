/** Parses the addresses in the form. */
import { hostReach } from '../../platform/host-reach.ts';
import { issueReasons } from '../settings/field-issues.ts';
import { FieldError } from './field-error.ts';

/**
 * Parses an address with or without a scheme. Allows plain http only on this computer and this network: signatures
 * protect the keys, but other computers on the way could read files and links.
 */
export function parseFormUrl(typed: string, field: 'endpoint' | 'publicBaseUrl'): URL {
  const hasScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(typed);
  const address = hasScheme ? typed : `https://${typed}`;
  // A placeholder that the user did not replace, such as `{account}`.
  if (/[{}]/.test(address)) throw new FieldError(field, issueReasons.braces);
  if (/[\s\\]/.test(address) || !URL.canParse(address)) throw new FieldError(field, issueReasons.address);
  const url = new URL(address);
  const reach = hostReach(url.hostname);
  if (!hasScheme && reach === 'this-computer') url.protocol = 'http:';
  if (url.protocol === 'http:' && reach === 'anywhere') throw new FieldError(field, issueReasons.unencrypted);
  if (!['https:', 'http:'].includes(url.protocol) || url.username + url.password + url.search + url.hash !== '')
    throw new FieldError(field, issueReasons.address);
  return url;
}
