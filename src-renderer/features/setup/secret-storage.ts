/** Where the keys of a form are stored, and the alternatives to entering them, in words. Pure. */
import type { KeyStore, ProfileView } from '../../../src-shared/profile.ts';
import { holdsSecret, isShown, type Field, type ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import { isKnownSecret, type FormDraft, type KnownCredentials } from './form-draft.ts';

export interface FormContext {
  provider: ProviderInfo;
  draft: FormDraft;
  known: KnownCredentials;
}

/** The key fields that the user must fill in, if the form has these values. */
const requiredSecrets = ({ provider }: Pick<FormContext, 'provider'>, values: FormDraft['values']): Field[] =>
  provider.fields.filter((field) => holdsSecret(field) && field.required && isShown(field, values));

/** Whether the form asks for keys that are neither saved nor discovered. */
export const requiresKeyEntry = (form: FormContext): boolean =>
  requiredSecrets(form, form.draft.values).some((field) => !isKnownSecret(field, form.known));

/** Whether the form asks for two keys: one that is shown, such as an access key, and a secret one. */
export const hasKeyPair = ({ provider, draft }: FormContext): boolean =>
  (['text', 'secret'] as const).every((half) =>
    provider.fields.some(
      (field) =>
        field.kind === half && field.group === 'sign-in' && field.required === true && isShown(field, draft.values),
    ),
  );

/** The first option of “Sign in with” that needs no key in Hoist, such as an AWS profile. */
export function keylessChoice(form: FormContext): { field: string; value: string; label: string } | undefined {
  for (const field of form.provider.fields.filter(({ kind, group }) => kind === 'choice' && group === 'sign-in')) {
    const choice = field.choices?.find(
      ({ value }) => requiredSecrets(form, { ...form.draft.values, [field.key]: value }).length === 0,
    );
    if (choice) return { field: field.key, value: choice.value, label: text(choice.label) };
  }
  return undefined;
}

/** Says where the keys are stored. Shown next to the buttons of the form. */
export function storageText(form: FormContext, store: KeyStore | undefined): string {
  const { profile, discovered } = form.known;
  if (discovered)
    return discovered.copies ? keyStoreText(form, store, 'ui.setup.keys-copied') : text('ui.setup.keys-reference');
  if (profile?.secretStorage === 'environment') return text('ui.setup.keys-environment');
  if (requiredSecrets(form, form.draft.values).length === 0) return text('ui.setup.keys-reference');
  return keyStoreText(form, store ?? inferKeyStore(profile), 'ui.setup.keys-in');
}

/** The key store that a saved destination uses. Not requested from the system, because that could show a prompt. */
function inferKeyStore(profile: ProfileView | undefined): KeyStore | undefined {
  if (profile?.keyStore !== undefined) return { state: 'available', name: profile.keyStore };
  return profile?.secretStorage === 'unprotected' || profile?.secretStorage === 'session'
    ? { state: 'none', name: '' }
    : undefined;
}

function keyStoreText(
  { draft, known }: FormContext,
  store: KeyStore | undefined,
  key: 'ui.setup.keys-in' | 'ui.setup.keys-copied',
): string {
  if (store?.state === 'none')
    return text(
      (draft.keep ?? known.profile?.secretStorage) === 'unprotected'
        ? 'ui.setup.keys-unprotected'
        : 'ui.setup.keys-session',
    );
  return store === undefined || store.name === '' ? text('ui.setup.keys-stay') : text(key, { name: store.name });
}
