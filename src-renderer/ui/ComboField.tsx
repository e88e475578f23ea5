import { Check, ChevronDown } from 'lucide-react';
import { Button, ComboBox, Input, Label, ListBox, ListBoxItem, Popover, useFilter } from 'react-aria-components';
import { classNames } from './class-names.ts';
import styles from './Field.module.css';
import { Help } from './Help.tsx';
import type { TextFieldProps } from './TextField.tsx';

export interface ComboFieldProps extends TextFieldProps {
  /** Suggestions; the user can type any other value. */
  suggestions: readonly string[];
  /** Label of the button that opens the suggestions. */
  openLabel: string;
  /** Text below the help: the source of the suggestions, or why there are none. */
  note?: string;
  onFocus: () => void;
}

/** A text input with suggestions: opened by its button, the down arrow, or typing. */
export function ComboField({
  label,
  optional,
  help,
  placeholder,
  problem,
  page,
  autoComplete = 'off',
  value,
  onChange,
  suggestions,
  openLabel,
  note,
  isDisabled,
  isRequired,
  autoFocus,
  name,
  onFocus,
  onBlur,
}: ComboFieldProps) {
  const { contains } = useFilter({ sensitivity: 'base' });
  return (
    <ComboBox
      className={styles.field ?? ''}
      allowsCustomValue
      inputValue={value}
      defaultFilter={(suggestion, typed) => suggestion !== typed && contains(suggestion, typed)}
      onInputChange={onChange}
      onFocus={onFocus}
      onBlur={onBlur}
      isInvalid={problem !== undefined}
      validationBehavior="aria"
      isDisabled={isDisabled}
      isRequired={isRequired}
      autoFocus={autoFocus}
      name={name}
      formValue="text"
    >
      <Label className={styles.label}>
        {label}
        {optional !== undefined && <span className={styles.optional}> {optional}</span>}
      </Label>
      <div className={styles.control}>
        <Input
          className={classNames(styles.input, suggestions.length > 0 && styles.combo)}
          placeholder={placeholder}
          autoComplete={autoComplete}
          spellCheck={false}
        />
        {suggestions.length > 0 && (
          <Button className={styles.comboButton ?? ''} aria-label={openLabel}>
            <ChevronDown size={16} aria-hidden />
          </Button>
        )}
      </div>
      <Help help={help} problem={problem} page={page} />
      {note !== undefined && (
        <span className={styles.help} role="status">
          {note}
        </span>
      )}
      <Popover className={styles.popover ?? ''} offset={4}>
        <ListBox className={styles.options ?? ''}>
          {suggestions.map((suggestion) => (
            <ListBoxItem key={suggestion} id={suggestion} textValue={suggestion} className={styles.option ?? ''}>
              {({ isSelected }) => (
                <>
                  {isSelected ? <Check size={16} aria-hidden /> : <span />}
                  <span className={styles.value}>{suggestion}</span>
                </>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
