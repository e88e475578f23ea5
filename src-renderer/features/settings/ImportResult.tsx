import type { ImportReport } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { displaySafeName } from '../../format/file-name.ts';
import styles from './DestinationsSection.module.css';

const outcomes = ['added', 'incomplete', 'known'] as const;

/** "2 destinations were added. 1 already existed." */
function profileSentences(profiles: ImportReport['profiles']): string {
  return outcomes
    .map((outcome) => ({ outcome, count: profiles.filter((profile) => profile.outcome === outcome).length }))
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }) => text(`ui.import.${outcome}`, { count }))
    .join(' ');
}

/** Says which destinations made permanent links in the other program, and whether they still do in Hoist. */
function LinkSentences({ profiles }: Pick<ImportReport, 'profiles'>) {
  const unchanged = profiles.filter(({ links }) => links === 'public');
  const changed = profiles.filter(({ links }) => links === 'expiring');
  return (
    <>
      {unchanged.length > 0 && <p>{text('ui.import.links-unchanged', { count: unchanged.length })}</p>}
      {changed[0] && (
        <p>
          {text('ui.import.links-changed', {
            count: changed.length,
            name: displaySafeName(changed[0].name),
            program: changed[0].from,
          })}{' '}
          {text('ui.import.links-changed.edit')}
        </p>
      )}
    </>
  );
}

/** Shows what an import added, what it skipped, and why. */
export function ImportResult({ report }: { report: ImportReport }) {
  const { profiles, uploads, skipped } = report;
  const isNothing = profiles.length + uploads + skipped.length === 0;
  return (
    <div className={styles.report}>
      {isNothing && <p>{text('ui.import.nothing')}</p>}
      {profiles.length > 0 && <p>{profileSentences(profiles)}</p>}
      <LinkSentences profiles={profiles} />
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
