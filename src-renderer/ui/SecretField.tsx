import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { Input, Label, TextField as AriaTextField } from 'react-aria-components';
import { classNames } from './class-names.ts';
import styles from './Field.module.css';
import { Help } from './Help.tsx';
import { IconButton } from './IconButton.tsx';
import type { TextFieldProps } from './TextField.tsx';

/** A password input. The user can reveal the typed text, but not a saved secret, because main never sends it. */
export function SecretField({
  label,
  optional,
  help,
  placeholder,
  problem,
  page,
  autoComplete = 'off',
  showLabel,
  hideLabel,
  ...fieldProps
}: TextFieldProps & { showLabel: string; hideLabel: string }) {
  const [isShown, setShown] = useState(false);
  const visible = isShown && fieldProps.value !== '';
  return (
    <AriaTextField
      {...fieldProps}
      className={styles.field ?? ''}
      type={visible ? 'text' : 'password'}
      isInvalid={problem !== undefined}
      validationBehavior="aria"
      autoComplete={autoComplete}
      spellCheck="false"
    >
      <Label className={styles.label}>
        {label}
        {optional !== undefined && <span className={styles.optional}> {optional}</span>}
      </Label>
      <div className={styles.control}>
        <Input className={classNames(styles.input, styles.secret)} placeholder={placeholder} />
        {fieldProps.value !== '' && (
          <IconButton
            icon={visible ? EyeOff : Eye}
            label={visible ? hideLabel : showLabel}
            onPress={() => setShown(!visible)}
            className={styles.reveal}
          />
        )}
      </div>
      <Help help={help} problem={problem} page={page} />
    </AriaTextField>
  );
}
