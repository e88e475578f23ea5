import { CircleAlert, KeyRound } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { ProfileView } from '../../../src-shared/profile.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import { holdsSecret, isShown, type ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import { findProfile } from '../../stores/profiles.ts';
import type { EditReason, SetupRequest } from '../../stores/screen.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { SelectField } from '../../ui/SelectField.tsx';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { finishEdit } from './finish-edit.ts';
import { focusEmpty, focusField, focusProblem } from './focus-field.ts';
import { FormFields } from './FormFields.tsx';
import { createDraft, type FormDraft } from './form-draft.ts';
import { SecretStorageChoice } from './SecretStorageChoice.tsx';
import { SecretStorageLine } from './SecretStorageLine.tsx';
import { requiresKeyEntry } from './secret-storage.ts';
import styles from './SetupDialog.module.css';
import { TestPane } from './TestPane.tsx';
import { useSetupForm, type SetupFormState } from './use-setup-form.ts';
import { useKeyStore } from './use-key-store.ts';

export type EditRequest = Extract<SetupRequest, { kind: 'edit' }>;

/** The form of a saved destination, with its test. */
export function SetupDialog({ request }: { request: EditRequest }) {
  const providers = useProfiles((state) => state.providers);
  const profile = useProfiles((state) => findProfile(state, request.profileId));
  const provider = providers.find(({ id }) => id === profile?.providerId);
  return provider && profile ? <SetupForm request={request} provider={provider} profile={profile} /> : null;
}

function SetupForm({
  request,
  provider,
  profile,
}: {
  request: EditRequest;
  provider: ProviderInfo;
  profile: ProfileView;
}) {
  const hoist = useHoist();
  const [draft, setDraft] = useState(() => createDraft(provider, profile));
  const [reason] = useState(() => request.reason && withField(request.reason, provider, draft));
  const form = useSetupForm({ provider, known: { profile }, draft, change: setDraft, ...(reason && { reason }) });
  const element = useRef<HTMLFormElement>(null);
  const hasNewKey = provider.fields.some((field) => holdsSecret(field) && (draft.values[field.key] ?? '') !== '');
  const store = useKeyStore({ isEnabled: hasNewKey || requiresKeyEntry(form) });
  const focusFieldToFix = useEffectEvent(() => {
    if (!element.current) return;
    if (reason?.field !== undefined && focusField(element.current, reason.field)) return;
    if (requiresKeyEntry(form)) focusEmpty(element.current);
  });
  // When the dialog opens because of an error or a missing key, the field to fix gets the focus.
  useEffect(() => {
    focusFieldToFix();
  }, []);
  const close = (): void => hoist.screen.setState({ setup: undefined });
  const save = async (): Promise<void> => {
    const saved = await form.save();
    if (saved) await finishEdit(hoist, request, saved);
    else
      requestAnimationFrame(() => {
        if (element.current) focusProblem(element.current);
      });
  };
  return (
    <Dialog
      title={text('ui.setup.edit', { name: profile.name })}
      size="wide"
      closeLabel={text('ui.setup.cancel')}
      onClose={close}
    >
      <div className={styles.body}>
        <form
          ref={element}
          id="setup"
          className={styles.form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (!form.busy) void save();
          }}
        >
          {profile.secretStorage === 'locked' && (
            <p role="alert" className={styles.warned}>
              <KeyRound size={16} aria-hidden />
              {text('ui.setup.locked')}
            </p>
          )}
          {form.problem !== undefined && (
            <p role="alert" className={styles.problem}>
              <CircleAlert size={16} aria-hidden />
              {form.problem}
            </p>
          )}
          <Presets form={form} />
          <FormFields form={form} afterKeys={<SecretStorageChoice form={form} store={store} />} />
        </form>
        <TestPane
          form={form}
          onChange={(field) => {
            if (element.current) focusField(element.current, field);
          }}
        />
      </div>
      <footer className={styles.foot}>
        <SecretStorageLine form={form} store={store} />
        <div className={styles.buttons}>
          <Button onPress={close}>{text('ui.setup.cancel')}</Button>
          <Button
            tone="primary"
            type="submit"
            form="setup"
            onPress={() => undefined}
            isDisabled={form.busy === 'saving'}
          >
            {text(saveLabel(request, form))}
          </Button>
        </div>
      </footer>
    </Dialog>
  );
}

/** Adds the field at which the form shows the error: the field that the error names, or the first key field. */
function withField(
  { error, needsKey }: EditReason,
  { fields }: ProviderInfo,
  { values }: FormDraft,
): { error: AppError; field?: string } {
  const shown = fields.filter((field) => isShown(field, values));
  const field = shown.find(({ key }) => key === error.field) ?? (needsKey ? shown.find(holdsSecret) : undefined);
  return { error, ...(field && { field: field.key }) };
}

function Presets({ form }: { form: SetupFormState }) {
  const { draft, provider } = form;
  if (provider.presets.length === 0) return null;
  const help = provider.presets.find((preset) => preset.id === draft.preset)?.help;
  return (
    <SelectField
      label={text('ui.setup.preset')}
      help={text(help ?? 'ui.setup.preset-help')}
      placeholder={text('ui.setup.preset-none')}
      value={draft.preset}
      choices={provider.presets.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={form.setPreset}
    />
  );
}

function saveLabel(
  { then }: EditRequest,
  { busy }: SetupFormState,
): 'ui.setup.saving' | 'ui.setup.save-retry' | 'ui.setup.save' {
  if (busy === 'saving') return 'ui.setup.saving';
  return then === 'retry' ? 'ui.setup.save-retry' : 'ui.setup.save';
}
