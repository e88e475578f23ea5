import { Label, Radio, RadioGroup } from 'react-aria-components';
import { classNames } from './class-names.ts';
import fieldStyles from './Field.module.css';
import { Help } from './Help.tsx';
import styles from './RadioCards.module.css';

export interface RadioCardsProps {
  label: string;
  help?: string;
  problem?: string;
  value: string;
  choices: { value: string; label: string; help?: string; tone?: 'warn' }[];
  onChange: (value: string) => void;
}

/** A choice between options that each have a description. All options are visible. */
export function RadioCards({ label, help, problem, value, choices, onChange }: RadioCardsProps) {
  return (
    <RadioGroup
      className={fieldStyles.field ?? ''}
      value={value}
      onChange={onChange}
      isInvalid={problem !== undefined}
      validationBehavior="aria"
    >
      <Label className={fieldStyles.label}>{label}</Label>
      <div className={styles.cards}>
        {choices.map((choice) => (
          <Radio key={choice.value} value={choice.value} className={styles.card ?? ''}>
            <span className={styles.mark} />
            <span className={styles.words}>
              <span className={styles.name}>{choice.label}</span>
              {choice.help !== undefined && (
                <span className={classNames(styles.help, choice.tone === 'warn' && styles.warn)}>{choice.help}</span>
              )}
            </span>
          </Radio>
        ))}
      </div>
      <Help help={help} problem={problem} />
    </RadioGroup>
  );
}
