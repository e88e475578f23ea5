import type { Field } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import { SecretField } from '../../ui/SecretField.tsx';
import { SelectField } from '../../ui/SelectField.tsx';
import { SwitchField } from '../../ui/SwitchField.tsx';
import { TextField } from '../../ui/TextField.tsx';

export interface FieldInputProps {
  field: Field;
  value: string;
  problem?: string;
  /** A value of this secret is saved. */
  isSaved: boolean;
  onChange: (value: string) => void;
  onBlur: () => void;
}

const example = ({ placeholder }: Field): string | undefined => placeholder && text('ui.setup.example', { example: placeholder });

/** One setting of a provider, drawn from its record. */
export function FieldInput({ field, value, problem, isSaved, onChange, onBlur }: FieldInputProps) {
  const label = text(field.label);
  const common = {
    label, help: text(field.help), value, problem, onChange, onBlur, placeholder: example(field),
    optional: field.required || field.kind === 'choice' ? undefined : text('ui.setup.optional'), isRequired: field.required && !isSaved, name: field.key,
  };
  switch (field.kind) {
    case 'text':
    case 'lines': return <TextField {...common} />;
    case 'secret': return (
      <SecretField
        {...common} help={isSaved ? text('ui.setup.secret-keep') : common.help} placeholder={isSaved ? text('ui.setup.secret-saved') : example(field)}
        showLabel={text('ui.setup.show', { label })} hideLabel={text('ui.setup.hide', { label })}
      />
    );
    case 'choice': {
      const choices = (field.choices ?? []).map((choice) => ({ value: choice.value, label: text(choice.label), ...(choice.help && { help: text(choice.help) }) }));
      return <SelectField {...common} choices={choices} />;
    }
    case 'toggle': return <SwitchField label={label} help={common.help} isSelected={value === 'true'} onChange={(isOn) => onChange(String(isOn))} />;
  }
}
