import { Check, Minus, TriangleAlert, X, type LucideIcon } from 'lucide-react';
import { checkSteps, type CheckReport } from '../../../src-shared/profile.ts';
import { classNames } from '../../ui/class-names.ts';
import { Hidden } from '../../ui/Hidden.tsx';
import styles from './CheckList.module.css';
import { checkRemedy, checkState, checkTitle, type CheckState } from './check-text.ts';

const marks: Record<CheckState, { icon: LucideIcon; style: string | undefined }> = {
  ok: { icon: Check, style: styles.ok }, warning: { icon: TriangleAlert, style: styles.warning }, failed: { icon: X, style: styles.failed },
  skipped: { icon: Minus, style: styles.waiting }, waiting: { icon: Minus, style: styles.waiting },
};

/** Each step of the test with its result and its remedy in place; before the test, what it will try. */
export function CheckList({ report }: { report?: CheckReport }) {
  return (
    <ul className={styles.list}>
      {checkSteps.map((step) => {
        const result = report?.results.find((one) => one.step === step);
        const state: CheckState = result?.outcome ?? (report ? 'skipped' : 'waiting');
        const { icon: Icon, style } = marks[state];
        const remedy = checkRemedy(result);
        return (
          <li key={step} className={styles.line}>
            <span className={classNames(styles.mark, style)}><Icon size={12} strokeWidth={2.75} aria-hidden /></span>
            <div>
              <div className={classNames(styles.what, (state === 'waiting' || state === 'skipped') && styles.quiet)}>
                {checkTitle(step, state)}
                <Hidden>{`: ${checkState(state)}`}</Hidden>
              </div>
              {remedy !== undefined && <div className={styles.remedy}>{remedy}</div>}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
