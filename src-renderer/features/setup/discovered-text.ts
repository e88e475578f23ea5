/** What was found on this computer, in words that let a person recognise it. */
import type { DiscoveredCredentialsView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';

const hostOf = (address: string): string => address.replace(/^[a-z]+:\/\//i, '').replace(/\/.*$/, '');

/** "Bucket drops at 127.0.0.1:9000", "AWS profile work", or what it is called where it was found. */
export function discoveredTitle({ name, from, settings, needs }: DiscoveredCredentialsView): string {
  if (settings.bucket && !needs.includes('bucket')) {
    const location = settings.endpoint ? hostOf(settings.endpoint) : settings.region;
    return [text('ui.found.bucket', { bucket: settings.bucket }), location && text('ui.found.at', { host: location })]
      .filter(Boolean)
      .join(' ');
  }
  if (settings.awsProfile === name) return text('ui.found.aws-profile', { name });
  return from.endsWith('rclone.conf') ? text('ui.found.rclone', { name }) : name;
}

/** Variables are named as such; any other source says its own name. */
export const discoveredSource = ({ from }: DiscoveredCredentialsView): string =>
  text(/^[A-Z][A-Z0-9_]+$/.test(from) ? 'ui.found.environment' : 'ui.found.from', { from });

/** What happens after it is chosen, when it cannot be used at once. */
export function nextStepHint({ needs }: DiscoveredCredentialsView): string | undefined {
  if (needs.length === 0) return undefined;
  return text(needs.includes('bucket') ? 'ui.found.asks-bucket' : 'ui.found.asks');
}
