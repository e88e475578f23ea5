import type { Field } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import { ComboField } from '../../ui/ComboField.tsx';
import type { PageLink } from '../../ui/Help.tsx';
import { LinesField } from '../../ui/LinesField.tsx';
import { RadioCards } from '../../ui/RadioCards.tsx';
import { SecretField } from '../../ui/SecretField.tsx';
import { SelectField } from '../../ui/SelectField.tsx';
import { SwitchField } from '../../ui/SwitchField.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { useHoist } from '../../use-hoist.ts';
import { isKnownSecret } from './form-draft.ts';
import { SignInField } from './SignInField.tsx';
import type { SetupFormState } from './use-setup-form.ts';
import { TemplatePreview } from './TemplatePreview.tsx';
import { useSuggestions } from './use-suggestions.ts';

/** The key of the field for the name template. Below this field, a preview is shown while the user types. */
const templateKey = 'nameTemplate';

export interface FieldInputProps {
  field: Field;
  form: SetupFormState;
}

const example = ({ placeholder }: Field): string | undefined =>
  placeholder && text('ui.setup.example', { example: placeholder });

/** Tells password managers whether the field is the name or the secret of a sign-in. */
function autoComplete({ group, kind, required }: Field): 'off' | 'username' | 'current-password' {
  if (group !== 'sign-in' || !required) return 'off';
  return kind === 'secret' ? 'current-password' : 'username';
}

/** The link to the web page where the user gets the value of the field, if there is one. */
function usePage(form: SetupFormState, { key, page, label }: Field): PageLink | undefined {
  const { bridge } = useHoist();
  if (page === undefined) return undefined;
  const open = (): void => {
    void bridge.providers.openPage({ providerId: form.provider.id, of: { field: key } });
  };
  return { words: text('ui.setup.where'), label: text('ui.setup.where-label', { label: text(label) }), open };
}

/**
 * Whether the field is marked as optional. A field that the chosen service or sign-in method needs is not marked, even
 * if other services do not need it.
 */
function isOptional({ key, kind, required, group, advanced }: Field, { provider, draft }: SetupFormState): boolean {
  const isNeeded =
    (group === 'sign-in' && !advanced) ||
    provider.presets.find(({ id }) => id === draft.preset)?.asks.includes(key) === true;
  return !required && !isNeeded && kind !== 'choice';
}

/** Props of all inputs. */
function commonProps(field: Field, form: SetupFormState) {
  const isKnown = isKnownSecret(field, form.known);
  return {
    label: text(field.label),
    help: text(field.help),
    value: form.draft.values[field.key] ?? '',
    problem: form.problems[field.key],
    placeholder: example(field),
    name: field.key,
    optional: isOptional(field, form) ? text('ui.setup.optional') : undefined,
    isRequired: field.required && !isKnown,
    autoComplete: autoComplete(field),
    onChange: (value: string) => form.setValue(field.key, value),
    onBlur: () => form.touch(field.key),
  };
}

/** The input for one setting of a provider. The kind of the field decides how it looks. */
export function FieldInput({ field, form }: FieldInputProps) {
  const page = usePage(form, field);
  const common = { ...commonProps(field, form), page };
  switch (field.kind) {
    case 'text':
      return field.suggests ? (
        <SuggestField field={field} form={form} />
      ) : (
        <>
          <TextField {...common} />
          {field.key === templateKey && <Preview form={form} />}
        </>
      );
    case 'lines':
      return <LinesField {...common} />;
    case 'secret':
      return <Secret field={field} form={form} />;
    case 'sign-in':
      return <SignInField field={field} form={form} />;
    case 'choice':
      return <Choice field={field} form={form} />;
    case 'toggle':
      return (
        <SwitchField
          label={common.label}
          help={common.help}
          isSelected={(common.value || form.preview.defaultValues?.[field.key]) === 'true'}
          onChange={(isOn) => common.onChange(String(isOn))}
        />
      );
  }
}

function Preview({ form }: { form: SetupFormState }) {
  const { values, name } = form.draft;
  // The field itself shows the error, so the form does not repeat it.
  if (form.problems[templateKey] !== undefined) return null;
  return (
    <TemplatePreview
      field={templateKey}
      template={values[templateKey] ?? ''}
      folder={values.prefix ?? ''}
      profile={name || form.destination}
    />
  );
}

function SuggestField({ field, form }: FieldInputProps) {
  const page = usePage(form, field);
  const { values, note, load } = useSuggestions(field, form, (value) => form.setValue(field.key, value));
  const common = { ...commonProps(field, form), page };
  return (
    <ComboField
      {...common}
      suggestions={values}
      note={note}
      openLabel={text('ui.suggest.open', { label: common.label })}
      onFocus={load}
    />
  );
}

/** An input for a secret. Saved and discovered secrets are never shown: the field says that it can stay empty. */
function Secret({ field, form }: FieldInputProps) {
  const page = usePage(form, field);
  const common = { ...commonProps(field, form), page };
  const isKnown = isKnownSecret(field, form.known);
  const { discovered, profile } = form.known;
  // The secret comes from discovered credentials or environment variables.
  const isStoredElsewhere = isKnown && (discovered !== undefined || profile?.secretStorage === 'environment');
  const isRejected = isKnown && common.problem !== undefined;
  const help = isKnown ? text(isStoredElsewhere ? 'ui.setup.secret-discovered' : 'ui.setup.secret-keep') : common.help;
  return (
    <SecretField
      {...common}
      help={isRejected ? undefined : help}
      placeholder={
        isKnown ? text(isStoredElsewhere ? 'ui.setup.secret-known' : 'ui.setup.secret-saved') : common.placeholder
      }
      showLabel={text('ui.setup.show', { label: common.label })}
      hideLabel={text('ui.setup.hide', { label: common.label })}
    />
  );
}

/** Up to three options that all have a help text are shown as cards, all others as a menu. */
function Choice({ field, form }: FieldInputProps) {
  const common = commonProps(field, form);
  const choices = (field.choices ?? []).map((choice) => ({
    value: choice.value,
    label: text(choice.label),
    ...(choice.help && { help: text(choice.help) }),
  }));
  const showsCards = !field.advanced && choices.length <= 3 && choices.every(({ help }) => help !== undefined);
  return showsCards ? (
    <RadioCards {...common} help={undefined} choices={choices} />
  ) : (
    <SelectField {...common} choices={choices} />
  );
}
