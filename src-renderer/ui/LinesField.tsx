import { Label, TextArea, TextField as AriaTextField } from 'react-aria-components';
import { classNames } from './class-names.ts';
import styles from './Field.module.css';
import { Help } from './Help.tsx';
import type { TextFieldProps } from './TextField.tsx';

/** Multi-line text, such as a certificate or headers. Keeps line breaks. */
export function LinesField({
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
      <TextArea className={classNames(styles.input, styles.lines)} rows={3} placeholder={placeholder} />
      <Help help={help} problem={problem} page={page} />
    </AriaTextField>
  );
}
