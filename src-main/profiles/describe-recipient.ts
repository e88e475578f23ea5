/** Names a party that can read requests, for questions to the user. */
import { text } from '../../src-shared/text/text.ts';
import type { ImportedRecipients } from './import/imported-recipients.ts';
import type { Recipient } from './secret-recipients.ts';

/** A longer name could push the rest of the question off the screen. */
const maxNameLength = 300;

export function describeRecipient({ kind, name }: Recipient): string {
  if (kind === 'proxy' && (name === 'system' || name === 'none')) return text(`recipient.proxy.${name}`);
  return text(`recipient.${kind}`, { name: clean(name) });
}

/** Shows each control or format character as a replacement character. */
const clean = (name: string): string => name.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\ufffd').slice(0, maxNameLength);

/** More lines would not fit in a dialog. */
const maxLines = 10;

/** One line for each destination of an imported file. */
export const describeImportedRecipients = (destinations: readonly ImportedRecipients[]): string[] => [
  ...destinations.slice(0, maxLines).map(({ name, recipients }) => clean(`${name}: ${recipients.join(', ')}`)),
  ...(destinations.length > maxLines ? ['…'] : []),
];
