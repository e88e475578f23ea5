import { Copy } from 'lucide-react';
import { useState } from 'react';
import type { LinkExample } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { Button } from '../../ui/Button.tsx';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { useHoist } from '../../use-hoist.ts';
import { toProfileDraft } from './form-draft.ts';
import styles from './LinkPreview.module.css';
import type { SetupFormState } from './use-setup-form.ts';

/** Preview of the link that a file will get; for a public link, also how to make the bucket public. */
export function LinkPreview({ form }: { form: SetupFormState }) {
  const { link } = form.preview;
  if (!link) return null;
  const { url, days, policy } = link;
  return (
    <section className={styles.box} aria-label={text('ui.setup.link-title')}>
      <h2 className={styles.title}>{text('ui.setup.link-title')}</h2>
      <p className={styles.link}>
        {url}
        {days !== undefined && <span className={styles.signature}>{text('ui.setup.link-signature')}</span>}
      </p>
      <p className={styles.words}>{linkNote(link)}</p>
      {policy !== undefined && <Policy form={form} policy={policy} />}
    </section>
  );
}

/** Says how long the link works, or why it may still change. */
function linkNote({ days, isGuess }: LinkExample): string {
  if (isGuess) return text('ui.setup.link-guess');
  return days === undefined ? text('ui.setup.link-public') : text('ui.setup.link-expiring', { days });
}

/** The policy that makes the bucket public, to copy. */
function Policy({ form, policy }: { form: SetupFormState; policy: string }) {
  const { bridge } = useHoist();
  const [isOpen, setOpen] = useState(false);
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    const answer = await bridge.profiles.copyPolicy(toProfileDraft(form.draft, form.provider, form.known.profile));
    setCopied(answer.ok);
  };
  return (
    <Disclosure title={text('ui.setup.policy-title')} isOpen={isOpen} onToggle={setOpen}>
      <p className={styles.words}>{text('ui.setup.policy-help')}</p>
      <pre className={styles.policy} tabIndex={0}>
        {policy}
      </pre>
      <Button
        onPress={() => {
          void copy();
        }}
      >
        <Copy size={14} aria-hidden />
        {text(isCopied ? 'ui.setup.policy-copied' : 'ui.setup.policy-copy')}
      </Button>
    </Disclosure>
  );
}
