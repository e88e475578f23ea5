import { Input, Label, TextField as AriaTextField } from 'react-aria-components';
import styles from './Field.module.css';
import { Help, type PageLink } from './Help.tsx';

export interface TextFieldProps {
  label: string;
  /** Shown next to the label of an optional input. */
  optional?: string;
  help?: string;
  placeholder?: string;
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  /** The error, if any; also marks the field as invalid. */
  problem?: string;
  isRequired?: boolean;
  isDisabled?: boolean;
  autoFocus?: boolean;
  name?: string;
  /** Kind of value, for password managers. */
  autoComplete?: 'off' | 'username' | 'current-password';
  /** Web page where the user creates or finds the value. */
  page?: PageLink;
}

export function TextField({
  label,
  optional,
  help,
  placeholder,
  problem,
  page,
  autoComplete = 'off',
  ...fieldProps
}: TextFieldProps) {
  return (
    <AriaTextField
      {...fieldProps}
      className={styles.field ?? ''}
      isInvalid={problem !== undefined}
      validationBehavior="aria"
      autoComplete={autoComplete}
      spellCheck="false"
    >
      <Label className={styles.label}>
        {label}
        {optional !== undefined && <span className={styles.optional}> {optional}</span>}
      </Label>
      <Input className={styles.input ?? ''} placeholder={placeholder} />
      <Help help={help} problem={problem} page={page} />
    </AriaTextField>
  );
}
