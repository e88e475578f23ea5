import { text } from '../../../src-shared/text/text.ts';
import type { CheckReport } from '../../../src-shared/profile.ts';
import { Button } from '../../ui/Button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { CheckList } from './CheckList.tsx';
import styles from './SetupDialog.module.css';
import type { SetupFormState } from './use-setup-form.ts';

function summarize(report: CheckReport): { sentence: string; style: string | undefined } {
  if (!report.ok) return { sentence: text('ui.check.failed'), style: styles.bad };
  const hasWarning = report.results.some(({ outcome }) => outcome === 'warning');
  return hasWarning
    ? { sentence: text('ui.check.passed-warning'), style: styles.limited }
    : { sentence: text('ui.check.passed'), style: styles.good };
}

function buttonLabel({ busy, report }: SetupFormState): 'ui.check.running' | 'ui.check.again' | 'ui.check.run' {
  if (busy === 'testing') return 'ui.check.running';
  return report ? 'ui.check.again' : 'ui.check.run';
}

/** The test with a small real upload: the only check that proves that links open. */
export function TestPane({ form, onChange }: { form: SetupFormState; onChange: (field: string) => void }) {
  const { report, busy, isStale } = form;
  const summary = report && summarize(report);
  return (
    <section className={styles.aside} aria-labelledby="check-title">
      <div className={styles.asideHead}>
        <h2 id="check-title" className={styles.title}>
          {text('ui.check.title')}
        </h2>
        <Button
          onPress={() => {
            void form.test();
          }}
          isPending={busy === 'testing'}
          isDisabled={busy === 'saving'}
        >
          {text(buttonLabel(form))}
        </Button>
      </div>
      <p className={styles.intro}>{text('ui.check.intro')}</p>
      <CheckList form={form} isNext={false} onChange={onChange} />
      <div aria-live="polite">
        {summary && !isStale && <p className={classNames(styles.summary, summary.style)}>{summary.sentence}</p>}
        {isStale && <p className={styles.intro}>{text('ui.check.stale')}</p>}
      </div>
    </section>
  );
}
