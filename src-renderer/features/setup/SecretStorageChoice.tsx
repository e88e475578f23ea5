import type { KeyStore } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { RadioCards } from '../../ui/RadioCards.tsx';
import { requiresKeyEntry, keylessChoice } from './secret-storage.ts';
import type { SetupFormState } from './use-setup-form.ts';

/**
 * If the computer has no key store, the user chooses where to keep the keys that the form asks for or copies. Each
 * choice states its risk.
 */
export function SecretStorageChoice({ form, store }: { form: SetupFormState; store: KeyStore | undefined }) {
  if (store?.state !== 'none' || !(requiresKeyEntry(form) || form.known.discovered?.copies)) return null;
  // A way to sign in that needs no key in Hoist, such as an AWS profile
  const keyless = form.known.discovered ? undefined : keylessChoice(form);
  const choices = [
    { value: 'session', label: text('ui.secret-storage.session'), help: text('ui.secret-storage.session-help') },
    {
      value: 'unprotected',
      label: text('ui.secret-storage.unprotected'),
      help: text('ui.secret-storage.unprotected-help'),
      tone: 'warn' as const,
    },
    ...(keyless ? [{ value: 'reference', label: keyless.label, help: text('ui.secret-storage.reference-help') }] : []),
  ];
  const choose = (value: string): void => {
    if (value === 'reference' && keyless) form.setValue(keyless.field, keyless.value);
    else form.setKeep(value === 'unprotected' ? 'unprotected' : 'session');
  };
  return (
    <RadioCards
      label={text('ui.secret-storage.title')}
      value={form.draft.keep ?? 'session'}
      choices={choices}
      onChange={choose}
    />
  );
}
