import { Search } from 'lucide-react';
import { Input, SearchField as AriaSearchField } from 'react-aria-components';
import styles from './SearchField.module.css';

export interface SearchFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  onEscape: () => void;
  onDown: () => void;
}

export function SearchField({ label, value, onChange, onEscape, onDown }: SearchFieldProps) {
  return (
    <AriaSearchField
      aria-label={label}
      value={value}
      onChange={onChange}
      autoFocus
      className={styles.field ?? ''}
      autoComplete="off"
      spellCheck="false"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onEscape();
        else if (event.key === 'ArrowDown') onDown();
        else event.continuePropagation();
      }}
    >
      <Search size={16} className={styles.icon} aria-hidden />
      <Input className={styles.input ?? ''} placeholder={label} />
    </AriaSearchField>
  );
}
