import { useState } from 'react';
import { templateError, previewName } from '../../../src-shared/name-template.ts';
import { errorText, text } from '../../../src-shared/text/text.ts';
import styles from './TemplatePreview.module.css';

/** What a name template makes of a file, while it is typed; until it makes sense, why it does not. */
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
      {text('ui.setup.template-preview', { place: [folder, path].filter(Boolean).join('/') })}
    </p>
  );
}
