import { Check, ChevronDown } from 'lucide-react';
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue, Text } from 'react-aria-components';
import styles from './Field.module.css';
import { Help } from './Help.tsx';

export interface SelectFieldProps {
  label: string;
  optional?: string;
  help?: string;
  placeholder?: string;
  problem?: string;
  /** '' while nothing is selected */
  value: string;
  choices: { value: string; label: string; help?: string }[];
  onChange: (value: string) => void;
  onBlur?: () => void;
}

export function SelectField({
  label,
  optional,
  help,
  placeholder,
  problem,
  value,
  choices,
  onChange,
  onBlur,
}: SelectFieldProps) {
  return (
    <Select
      className={styles.field ?? ''}
      placeholder={placeholder}
      value={value === '' ? null : value}
      isInvalid={problem !== undefined}
      validationBehavior="aria"
      onChange={(key) => {
        if (key !== null) onChange(String(key));
      }}
      onBlur={onBlur}
    >
      <Label className={styles.label}>
        {label}
        {optional !== undefined && <span className={styles.optional}> {optional}</span>}
      </Label>
      <Button className={styles.select ?? ''}>
        <SelectValue className={styles.value ?? ''}>
          {({ selectedText, defaultChildren }) => selectedText || defaultChildren}
        </SelectValue>
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Help help={help} problem={problem} />
      <Popover className={styles.popover ?? ''} offset={4}>
        <ListBox className={styles.options ?? ''}>
          {choices.map((choice) => (
            <ListBoxItem key={choice.value} id={choice.value} textValue={choice.label} className={styles.option ?? ''}>
              {({ isSelected }) => (
                <>
                  {isSelected ? <Check size={16} aria-hidden /> : <span />}
                  <Text slot="label">{choice.label}</Text>
                  {choice.help !== undefined && (
                    <Text slot="description" elementType="small">
                      {choice.help}
                    </Text>
                  )}
                </>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}
