/** What was found on this computer, in words that let a person recognise it. */
import type { FoundView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';

const hostOf = (address: string): string => address.replace(/^[a-z]+:\/\//i, '').replace(/\/.*$/, '');

/** "Bucket drops at 127.0.0.1:9000" */
export function foundPlace({ name, settings }: FoundView): string {
  const place = settings.endpoint ? hostOf(settings.endpoint) : settings.region;
  return [text('ui.found.bucket', { bucket: settings.bucket ?? name }), place && text('ui.found.at', { host: place })].filter(Boolean).join(' ');
}

/** Variables are named as such; any other source says its own name. */
export const foundSource = ({ from }: FoundView): string => text(/^[A-Z][A-Z0-9_]+$/.test(from) ? 'ui.found.environment' : 'ui.found.from', { from });
