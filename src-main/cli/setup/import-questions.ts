/** The questions of `hoist setup import` at a terminal: buckets, and whether links stay public. */
import { text } from '../../../src-shared/text/text.ts';
import type { ApplyImportOptions } from '../../profiles/import/apply-import.ts';
import { describeImportedRecipients } from '../../profiles/describe-recipient.ts';
import type { ImportedRecipients } from '../../profiles/import/imported-recipients.ts';
import type { ImportedProfile, ParsedImport } from '../../profiles/import/parsed-import.ts';
import type { CliContext } from '../cli-context.ts';
import { printable } from '../format.ts';
import { isYes } from '../prompt.ts';

export interface LinkKindOption {
  /** Answers the question about permanent links. */
  link?: 'public' | 'expiring';
  /** Accepts the proxies and certificates of the file. */
  keepNetwork?: boolean;
}

/** When more destinations have no bucket, Hoist asks for none of them, because each is a separate question. */
const maxBucketQuestions = 20;
const maxNamesShown = 10;

/** Without a terminal there are no questions; `--link` answers the one about links. */
export function importQuestions(
  { prompt, terminal }: Pick<CliContext, 'prompt' | 'terminal'>,
  { profiles }: ParsedImport,
  { link, keepNetwork }: LinkKindOption,
): Pick<ApplyImportOptions, 'chooseLinkKind' | 'askForBucket' | 'confirmRecipients'> {
  const askForBucket = async ({ name }: ImportedProfile): Promise<string | undefined> => {
    const answer = await prompt?.text(text('cli.setup.import.ask-bucket', { name: printable(name) }));
    const bucket = answer?.trim();
    return bucket === '' ? undefined : bucket;
  };
  const chooseLinkKind = async (destinations: readonly ImportedProfile[]): Promise<'public' | 'expiring'> => {
    if (link || !prompt) return link ?? 'expiring';
    terminal.message(
      text('cli.setup.import.ask-links', {
        program: destinations[0]?.from ?? '',
        names: destinations
          .slice(0, maxNamesShown)
          .map(({ name }) => printable(name))
          .join(', '),
        more: Math.max(0, destinations.length - maxNamesShown),
      }),
    );
    const answer = await prompt.text(text('cli.setup.import.ask-links.question'));
    return isYes(answer) ? 'public' : 'expiring';
  };
  const confirmRecipients = async (destinations: readonly ImportedRecipients[]): Promise<boolean> => {
    if (keepNetwork || !prompt) return keepNetwork === true;
    for (const line of describeImportedRecipients(destinations)) terminal.message(printable(line));
    return isYes(await prompt.text(text('cli.setup.import.recipients.question')));
  };
  const withoutBucket = profiles.filter(({ providerId, settings }) => providerId === 's3' && !settings['bucket']);
  const asksForBuckets = prompt && withoutBucket.length > 0 && withoutBucket.length <= maxBucketQuestions;
  return { chooseLinkKind, confirmRecipients, ...(asksForBuckets ? { askForBucket } : {}) };
}
