/** Asks at the terminal, or by an option, whether saved keys are sent to another server, proxy or certificate. */
import { text } from '../../src-shared/text/text.ts';
import { describeRecipient } from '../profiles/describe-recipient.ts';
import type { ConfirmRecipients } from '../profiles/secret-recipients.ts';
import type { OpenCoreOptions } from './cli-context.ts';
import { printable } from './format.ts';
import { isYes, type Prompt } from './prompt.ts';

export const confirmRecipientsAt =
  (prompt: Prompt): ConfirmRecipients =>
  async ({ destination, recipients }) => {
    const question = text('cli.setup.recipients.question', {
      destination: printable(destination),
      recipients: recipients.map((recipient) => printable(describeRecipient(recipient))).join('; '),
    });
    return isYes(await prompt.text(question));
  };

/** `--keep-secrets`: the user agrees before the command runs. */
export const keepSecrets = ({ keepSecrets: keep }: { keepSecrets?: boolean }): OpenCoreOptions =>
  keep ? { confirmRecipients: async () => true } : {};
