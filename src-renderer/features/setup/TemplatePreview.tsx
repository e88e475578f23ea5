import { useState } from 'react';
import { templateError, previewName } from '../../../src-shared/name-template.ts';
import { errorText, text } from '../../../src-shared/text/text.ts';
import styles from './TemplatePreview.module.css';

/** Preview of a name template while the user types; for an invalid template, the error. */
export function TemplatePreview({
  field,
  template,
  folder,
  profile,
}: {
  field: string;
  template: string;
  folder: string;
  profile: string;
}) {
  const [at] = useState(Date.now);
  const { path, problem } = previewName(template, { at, profile });
  if (problem)
    return (
      <p className={styles.why} aria-live="polite">
        {errorText(templateError(problem, field)).what}
      </p>
    );
  return (
    <p className={styles.preview} aria-live="polite">
      {text('ui.setup.template-preview', { objectKey: [folder, path].filter(Boolean).join('/') })}
    </p>
  );
}
