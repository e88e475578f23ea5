/** Names a party that can read requests, for questions to the user. */
import { text } from '../../src-shared/text/text.ts';
import type { Recipient } from './secret-recipients.ts';

/** A longer name could push the rest of the question off the screen. */
const maxNameLength = 300;

export function describeRecipient({ kind, name }: Recipient): string {
  if (kind === 'proxy' && (name === 'system' || name === 'none')) return text(`recipient.proxy.${name}`);
  return text(`recipient.${kind}`, { name: name.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\ufffd').slice(0, maxNameLength) });
}
