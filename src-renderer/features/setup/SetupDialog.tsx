import { CircleAlert, Lock } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { ProfileView } from '../../../src-shared/profile.ts';
import { isShown, type Field, type ProviderInfo } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import { profileOf } from '../../stores/profiles.ts';
import type { SetupRequest } from '../../stores/screen.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { SelectField } from '../../ui/SelectField.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { useHoist, useProfiles, useScreen } from '../../use-hoist.ts';
import { countPending } from '../drop/pending-words.ts';
import { finishSetup } from './finish-setup.ts';
import { FieldInput } from './FieldInput.tsx';
import { nameKey } from './draft.ts';
import styles from './SetupDialog.module.css';
import { TestPane } from './TestPane.tsx';
import { useDraft, type DraftForm } from './use-draft.ts';

/** The form of a destination, new or saved. */
export function SetupDialog({ request }: { request: SetupRequest }) {
  const providers = useProfiles((state) => state.providers);
  const profile = useProfiles((state) => (request.kind === 'edit' ? profileOf(state, request.profileId) : undefined));
  const [chosen, setChosen] = useState(request.kind === 'add' ? request.providerId : undefined);
  const provider = providers.find(({ id }) => id === (profile?.providerId ?? chosen)) ?? providers[0];
  if (!provider || (request.kind === 'edit' && !profile)) return null;
  const kinds = request.kind === 'add' && providers.length > 1 ? { providers, onChoose: setChosen } : undefined;
  return <SetupForm key={provider.id} request={request} provider={provider} profile={profile} kinds={kinds} />;
}

/** The first field that is to be corrected, with what is wrong with it. */
function focusProblem(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLElement>('[data-invalid]:has(input, button)');
  field?.querySelector<HTMLElement>('input, button')?.focus();
  field?.scrollIntoView({ block: 'center' });
}

interface FormProps {
  request: SetupRequest;
  provider: ProviderInfo;
  profile?: ProfileView;
  kinds?: { providers: ProviderInfo[]; onChoose: (id: ProviderInfo['id']) => void };
}

function SetupForm({ request, provider, profile, kinds }: FormProps) {
  const hoist = useHoist();
  const form = useDraft(provider, profile);
  const element = useRef<HTMLFormElement>(null);
  const close = (): void => hoist.screen.setState({ setup: undefined });
  const save = async (): Promise<void> => {
    const saved = await form.save();
    if (saved) await finishSetup(hoist, request, saved);
    else requestAnimationFrame(() => { if (element.current) focusProblem(element.current); });
  };
  const title = profile ? text('ui.setup.edit', { name: profile.name }) : text('ui.setup.add', { provider: provider.name });
  return (
    <Dialog title={title} size="wide" closeLabel={text('ui.setup.cancel')} onClose={close}>
      <div className={styles.body}>
        <form
          ref={element} id="setup" className={styles.form} noValidate
          onSubmit={(event) => { event.preventDefault(); if (!form.busy) void save(); }}
        >
          <Waiting />
          {form.problem !== undefined && <p role="alert" className={styles.problem}><CircleAlert size={16} aria-hidden />{form.problem}</p>}
          {kinds && <SelectField label={text('ui.setup.choose-provider')} value={provider.id} choices={kinds.providers.map(({ id, name }) => ({ value: id, label: name }))} onChange={(id) => { const kind = kinds.providers.find((one) => one.id === id); if (kind) kinds.onChoose(kind.id); }} />}
          <Fields form={form} provider={provider} profile={profile} />
        </form>
        <TestPane form={form} />
      </div>
      <footer className={styles.foot}>
        <Kept profile={profile} />
        <div className={styles.buttons}>
          <Button onPress={close}>{text('ui.setup.cancel')}</Button>
          <Button tone="primary" type="submit" form="setup" onPress={() => undefined} isDisabled={form.busy === 'saving'}><SaveLabel request={request} isSaving={form.busy === 'saving'} /></Button>
        </div>
      </footer>
    </Dialog>
  );
}

function Fields({ form, provider, profile }: { form: DraftForm; provider: ProviderInfo; profile?: ProfileView }) {
  const { draft, problems, setValue, touch } = form;
  const shown = provider.fields.filter((field) => isShown(field, draft.values));
  const more = shown.filter((field) => field.advanced);
  const [isOpen, setOpen] = useState(false);
  const input = (field: Field) => (
    <FieldInput
      key={field.key} field={field} value={draft.values[field.key] ?? ''} problem={problems[field.key]} isSaved={profile?.secrets.includes(field.key) ?? false}
      onChange={(value) => setValue(field.key, value)} onBlur={() => touch(field.key)}
    />
  );
  return (
    <>
      {provider.presets.length > 0 && (
        <SelectField
          label={text('ui.setup.preset')} help={presetHelp(provider, draft.preset)} placeholder={text('ui.setup.preset-none')} value={draft.preset}
          choices={provider.presets.map(({ id, name }) => ({ value: id, label: name }))} onChange={form.setPreset}
        />
      )}
      <TextField
        label={text('ui.setup.name')} optional={text('ui.setup.optional')} value={draft.name} problem={problems[nameKey]} name={nameKey} placeholder={draft.values.bucket}
        onChange={(value) => setValue(nameKey, value)} onBlur={() => touch(nameKey)}
      />
      {shown.filter((field) => !field.advanced).map(input)}
      {more.length > 0 && (
        <Disclosure title={text('ui.setup.more')} isOpen={isOpen || more.some((field) => problems[field.key] !== undefined)} onToggle={setOpen}>{more.map(input)}</Disclosure>
      )}
    </>
  );
}

function presetHelp(provider: ProviderInfo, id: string): string {
  const help = provider.presets.find((preset) => preset.id === id)?.help;
  return text(help ?? 'ui.setup.preset-help');
}

function Waiting() {
  const count = useScreen((state) => countPending(state.pending));
  return count === 0 ? null : <p className={styles.note}>{text('ui.setup.waiting', { count })}</p>;
}

function SaveLabel({ request, isSaving }: { request: SetupRequest; isSaving: boolean }) {
  const count = useScreen((state) => countPending(state.pending));
  if (isSaving) return text('ui.setup.saving');
  if (request.kind === 'edit' && request.then === 'retry') return text('ui.setup.save-retry');
  return count > 0 && request.kind === 'add' ? text('ui.setup.save-send', { count }) : text('ui.setup.save');
}

/** Where the keys are kept. */
function Kept({ profile }: { profile?: ProfileView }) {
  const { bridge } = useHoist();
  const [isSession, setSession] = useState(false);
  useEffect(() => {
    let isHere = true;
    void bridge.profiles.keyStore().then((answer) => { if (isHere && answer.ok) setSession(answer.value.state === 'none'); });
    return () => { isHere = false; };
  }, [bridge]);
  const key = profile?.kept === 'environment' ? 'ui.setup.keys-environment' : isSession ? 'ui.setup.keys-session' : 'ui.setup.keys-stay';
  return <p className={styles.kept}><Lock size={14} aria-hidden />{text(key)}</p>;
}
