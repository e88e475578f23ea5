import { Check, Ellipsis, Minus, TriangleAlert, X, type LucideIcon } from 'lucide-react';
import { checkSteps, type CheckResult, type CheckStep } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { Button } from '../../ui/Button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { VisuallyHidden } from '../../ui/VisuallyHidden.tsx';
import styles from './CheckList.module.css';
import { checkRemedy, checkState, checkTitle, fieldToChange, suggestedValues, type CheckState } from './check-text.ts';
import type { SetupFormState } from './use-setup-form.ts';

const marks: Record<CheckState, { icon: LucideIcon; style: string | undefined }> = {
  ok: { icon: Check, style: styles.ok },
  warning: { icon: TriangleAlert, style: styles.warning },
  failed: { icon: X, style: styles.failed },
  skipped: { icon: Minus, style: styles.waiting },
  waiting: { icon: Minus, style: styles.waiting },
  running: { icon: Ellipsis, style: styles.running },
};

/** The state of a step. Steps run in order, so while the test runs, the first one without a result is running. */
function stateOf(step: CheckStep, { results, report, busy }: SetupFormState): CheckState {
  const result = results.find((candidate) => candidate.step === step);
  if (result) return result.outcome;
  if (report) return 'skipped';
  const next = checkSteps.find((candidate) => !results.some((finished) => finished.step === candidate));
  return busy === 'testing' && step === next ? 'running' : 'waiting';
}

/**
 * Each step of the test with its result and remedy; before the test, all steps without results. `isNext`: the button of
 * a failed step is the primary one, because it is the next thing to do. `onChange`: goes to a field of the form.
 */
export function CheckList({
  form,
  isNext,
  onChange,
}: {
  form: SetupFormState;
  isNext: boolean;
  onChange: (field: string) => void;
}) {
  return (
    <ul className={styles.list}>
      {checkSteps.map((step) => (
        <Line key={step} step={step} form={form} isNext={isNext} onChange={onChange} />
      ))}
    </ul>
  );
}

function Line({
  step,
  form,
  isNext,
  onChange,
}: {
  step: CheckStep;
  form: SetupFormState;
  isNext: boolean;
  onChange: (field: string) => void;
}) {
  const result: CheckResult | undefined = form.results.find((candidate) => candidate.step === step);
  const state = stateOf(step, form);
  const { icon: Icon, style } = marks[state];
  const remedy = checkRemedy(result, form.destination);
  const suggestion = result && suggestedValues(result);
  const field = result && fieldToChange(result, form.provider);
  return (
    <li className={styles.line} data-state={state}>
      <span className={classNames(styles.mark, style)}>
        <Icon size={12} strokeWidth={2.75} aria-hidden />
      </span>
      <div className={styles.words}>
        <div className={classNames((state === 'waiting' || state === 'skipped') && styles.quiet)}>
          {checkTitle({ step, state, result })}
          <VisuallyHidden>{`: ${checkState(state)}`}</VisuallyHidden>
          {state === 'running' && (
            <span className={styles.now} aria-hidden="true">
              {checkState(state)}
            </span>
          )}
        </div>
        {remedy !== undefined && <div className={styles.remedy}>{remedy}</div>}
      </div>
      {suggestion && (
        <Button
          tone={isNext ? 'primary' : 'default'}
          isDisabled={form.busy !== undefined}
          onPress={() => {
            void form.amend(suggestion.values);
          }}
        >
          {text('ui.wizard.try.use-region', { region: suggestion.region })}
        </Button>
      )}
      {field && !suggestion && (
        <Button tone={isNext ? 'primary' : 'default'} onPress={() => onChange(field.key)}>
          {text('ui.wizard.try.change', { label: text(field.label) })}
        </Button>
      )}
    </li>
  );
}
