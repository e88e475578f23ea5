import { useId } from 'react';
import { Switch } from 'react-aria-components';
import { classNames } from './class-names.ts';
import styles from './Field.module.css';

export interface SwitchFieldProps {
  label: string;
  help?: string;
  isSelected: boolean;
  onChange: (isSelected: boolean) => void;
}

export function SwitchField({ label, help, isSelected, onChange }: SwitchFieldProps) {
  const helpId = useId();
  return (
    <div className={styles.field}>
      <Switch
        className={styles.switch ?? ''}
        isSelected={isSelected}
        onChange={onChange}
        aria-describedby={help === undefined ? undefined : helpId}
      >
        <span className={styles.track} />
        <span className={styles.switchText}>{label}</span>
      </Switch>
      {help !== undefined && (
        <span id={helpId} className={classNames(styles.help, styles.switchHelp)}>
          {help}
        </span>
      )}
    </div>
  );
}
