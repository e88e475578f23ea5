import type { ImportReport } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { displaySafeName } from '../../format/file-name.ts';
import styles from './DestinationsSection.module.css';

/** What an import made, and what it left out and why. */
export function ImportResult({ report }: { report: ImportReport }) {
  const { profiles, uploads, skipped } = report;
  const counts = { added: 0, known: 0, incomplete: 0 };
  for (const { outcome } of profiles) counts[outcome] += 1;
  const isNothing = profiles.length + uploads + skipped.length === 0;
  return (
    <div className={styles.report}>
      {isNothing && <p>{text('ui.import.nothing')}</p>}
      {profiles.length > 0 && <p>{text('ui.import.profiles', counts)}</p>}
      {uploads > 0 && <p>{text('ui.import.uploads', { count: uploads })}</p>}
      {skipped.length > 0 && (
        <ul>
          {skipped.map(({ name, because }) => (
            <li key={`${name} ${because}`}>{text(`ui.import.skipped.${because}`, { name: displaySafeName(name) })}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
