/** Descriptions of discovered credentials that the user recognizes. */
import type { DiscoveredCredentialsView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';

/** The host and port of an address: without its scheme and path. */
const hostOf = (address: string): string => address.replace(/^[a-z]+:\/\//i, '').replace(/\/.*$/, '');

/** "Bucket drops at 127.0.0.1:9000", "AWS profile work", or the name at its source. */
export function discoveredTitle({ name, from, settings, needs }: DiscoveredCredentialsView): string {
  if (settings.bucket && !needs.includes('bucket')) {
    const location = settings.endpoint ? hostOf(settings.endpoint) : settings.region;
    return [
      text('ui.discovered.bucket', { bucket: settings.bucket }),
      location && text('ui.discovered.at', { host: location }),
    ]
      .filter(Boolean)
      .join(' ');
  }
  if (settings.awsProfile === name) return text('ui.discovered.aws-profile', { name });
  return from.endsWith('rclone.conf') ? text('ui.discovered.rclone', { name }) : name;
}

/**
 * Says where the credentials were found: in environment variables, whose names have only capital letters, digits and
 * underscores, or in a file.
 */
export const discoveredSource = ({ from }: DiscoveredCredentialsView): string =>
  text(/^[A-Z][A-Z0-9_]+$/.test(from) ? 'ui.discovered.environment' : 'ui.discovered.from', { from });

/** What happens after the user chooses credentials that need more details. */
export function nextStepHint({ needs }: DiscoveredCredentialsView): string | undefined {
  if (needs.length === 0) return undefined;
  return text(needs.includes('bucket') ? 'ui.discovered.asks-bucket' : 'ui.discovered.asks');
}
