import { Check, CircleAlert, TriangleAlert } from 'lucide-react';
import { errorText, text } from '../../../../src-shared/text/text.ts';
import type { UploadView } from '../../../../src-shared/upload.ts';
import { Button } from '../../../ui/Button.tsx';
import { useFeedback, useHoist } from '../../../use-hoist.ts';
import { displayUrl } from '../../history/link-state.ts';
import { withErrorToast } from '../../uploads/run-row-action.ts';
import { copyLinks } from '../../uploads/copy-links.ts';
import { linkKindInSentence } from '../link-kind.ts';
import styles from './DoneStep.module.css';
import wizardStyles from './SetupWizard.module.css';
import { StepPage } from './StepPage.tsx';
import { useExampleUpload, type ExampleUpload } from './use-example-upload.ts';
import type { WizardStage, Wizard } from './use-wizard.ts';

/** The last step: says that the destination is ready, and shows a working link of a small example file. */
export function DoneStep({ wizard, stage }: { wizard: Wizard; stage: Extract<WizardStage, { step: 'done' }> }) {
  const { saved, wasTried, sent } = stage;
  const { example, send } = useExampleUpload(saved.id);
  // If waiting files were sent, they already show a link, so the example is not offered.
  const isOffered = sent === 0 && (example.is === 'none' || example.is === 'failed');
  return (
    <StepPage
      title={text(wasTried ? 'ui.wizard.done.title' : 'ui.wizard.done.title-untried', { name: saved.name })}
      hint={text('ui.wizard.done.hint', { link: linkKindInSentence(saved) })}
      buttons={
        <>
          <Button tone="quiet" onPress={wizard.addAnother}>
            {text('ui.wizard.done.another')}
          </Button>
          <Button tone={isOffered ? 'default' : 'primary'} onPress={wizard.close}>
            {text('ui.wizard.done.finish')}
          </Button>
        </>
      }
    >
      {sent > 0 ? (
        <p className={styles.calm}>{text('ui.wizard.done.waiting', { count: sent })}</p>
      ) : (
        <>
          {isOffered && (
            <div className={styles.offer}>
              <p className={styles.quiet}>{text('ui.wizard.done.example-hint')}</p>
              <div>
                <Button
                  tone="primary"
                  onPress={() => {
                    void send();
                  }}
                >
                  {text('ui.wizard.done.example')}
                </Button>
              </div>
            </div>
          )}
          <div aria-live="polite">
            <ExampleState example={example} />
          </div>
        </>
      )}
    </StepPage>
  );
}

function ExampleState({ example }: { example: ExampleUpload }) {
  switch (example.is) {
    case 'none':
      return null;
    case 'sending':
      return <p className={styles.quiet}>{text('ui.wizard.done.sending')}</p>;
    case 'checking':
      return <p className={styles.quiet}>{text('ui.wizard.done.checking')}</p>;
    case 'failed': {
      const { what, remedy } = errorText(example.error);
      return (
        <p role="alert" className={wizardStyles.problem}>
          <CircleAlert size={16} aria-hidden />
          {`${what} ${remedy}`}
        </p>
      );
    }
    case 'done':
      return <ExampleLink upload={example.upload} />;
  }
}

function ExampleLink({ upload }: { upload: UploadView }) {
  const hoist = useHoist();
  const isCopied = useFeedback((state) => state.copied.has(upload.id));
  const { link, verification } = upload;
  if (!link) return null;
  const isLimited = verification === 'this-computer' || verification === 'this-network';
  return (
    <section className={styles.link} aria-label={text('ui.wizard.done.link')}>
      <p className={styles.works}>
        <Check size={16} aria-hidden />
        {text(verification === 'verified' ? 'ui.wizard.done.copied' : 'ui.wizard.done.copied-limited')}
      </p>
      {isLimited && (
        <p className={styles.limited}>
          <TriangleAlert size={16} aria-hidden />
          {text(`ui.wizard.done.limited.${verification}`, { host: new URL(link.url).hostname })}
        </p>
      )}
      <p className={styles.url} title={link.url}>
        {displayUrl(link.url)}
      </p>
      <div className={styles.buttons}>
        <Button
          onPress={() => {
            void copyLinks(hoist, [upload.id]);
          }}
        >
          {text(isCopied ? 'ui.wizard.done.copied-short' : 'ui.wizard.done.copy')}
        </Button>
        <Button
          tone="quiet"
          onPress={() => {
            void withErrorToast(hoist, hoist.bridge.uploads.open({ id: upload.id }));
          }}
        >
          {text('ui.wizard.done.open')}
        </Button>
      </div>
    </section>
  );
}
