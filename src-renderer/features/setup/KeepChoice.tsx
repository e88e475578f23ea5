import type { KeyStore } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { RadioCards } from '../../ui/RadioCards.tsx';
import { entersKeys, keylessChoice } from './key-keeping.ts';
import type { DraftForm } from './use-draft.ts';

/** Where there is no key store: what becomes of the keys is the person's choice, with its risk in words. */
export function KeepChoice({ form, store }: { form: DraftForm; store: KeyStore | undefined }) {
  if (store?.state !== 'none' || !(entersKeys(form) || form.known.found?.copies)) return null;
  const keyless = form.known.found ? undefined : keylessChoice(form);
  const choices = [
    { value: 'session', label: text('ui.keep.session'), help: text('ui.keep.session-help') },
    {
      value: 'unprotected',
      label: text('ui.keep.unprotected'),
      help: text('ui.keep.unprotected-help'),
      tone: 'warn' as const,
    },
    ...(keyless ? [{ value: 'reference', label: keyless.label, help: text('ui.keep.reference-help') }] : []),
  ];
  const choose = (value: string): void => {
    if (value === 'reference' && keyless) form.setValue(keyless.field, keyless.value);
    else form.setKeep(value === 'unprotected' ? 'unprotected' : 'session');
  };
  return (
    <RadioCards
      label={text('ui.keep.title')}
      value={form.draft.keep ?? 'session'}
      choices={choices}
      onChange={choose}
    />
  );
}
