/** Parses the addresses in the form. */
import { hostReach } from '../../platform/host-reach.ts';
import { issueReasons } from '../settings/field-issues.ts';
import { FieldError } from './field-error.ts';

/**
 * Allows plain http only on this computer and this network. Signatures protect the keys, but files and links would be
 * readable on the way.
 */
export function parseFormUrl(typed: string, field: 'endpoint' | 'publicBaseUrl'): URL {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`;
  if (/[{}]/.test(address)) throw new FieldError(field, issueReasons.braces);
  if (/[\s\\]/.test(address) || !URL.canParse(address)) throw new FieldError(field, issueReasons.address);
  const url = new URL(address);
  const reach = hostReach(url.hostname);
  if (address !== typed && reach === 'this-computer') url.protocol = 'http:';
  if (url.protocol === 'http:' && reach === 'anywhere') throw new FieldError(field, issueReasons.unencrypted);
  if (!['https:', 'http:'].includes(url.protocol) || url.username + url.password + url.search + url.hash !== '')
    throw new FieldError(field, issueReasons.address);
  return url;
}
