import { Input, Label, TextField as AriaTextField } from 'react-aria-components';
import styles from './Field.module.css';
import { Help, type PageLink } from './Help.tsx';

export interface TextFieldProps {
  label: string;
  /** Beside the label of an input that may stay empty. */
  optional?: string;
  help?: string;
  placeholder?: string;
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  /** What is wrong; its presence marks the field. */
  problem?: string;
  isRequired?: boolean;
  isDisabled?: boolean;
  autoFocus?: boolean;
  name?: string;
  /** For password managers: what the value is. */
  autoComplete?: 'off' | 'username' | 'current-password';
  /** Where the value is made or shown, in the browser. */
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
  ...rest
}: TextFieldProps) {
  return (
    <AriaTextField
      {...rest}
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
