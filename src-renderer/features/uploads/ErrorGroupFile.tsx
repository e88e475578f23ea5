import { memo, useId } from 'react';
import { formatBytes } from '../../../src-shared/format/bytes.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { displaySafeName } from '../../format/file-name.ts';
import { readerLocale } from '../../format/locale.ts';
import { classNames } from '../../ui/class-names.ts';
import { useScreen } from '../../use-hoist.ts';
import { Details } from './Details.tsx';
import { FileName } from './FileName.tsx';
import { hasDetails } from './has-details.ts';
import { MoreButton } from './MoreButton.tsx';
import { PrimaryAction } from './PrimaryAction.tsx';
import { appliesToDestination, primaryAction } from './row-actions.ts';
import type { OpenRowMenu } from './row-content.ts';
import { DetailsToggle, Thumb } from './UploadRow.tsx';
import styles from './UploadRow.module.css';

interface ErrorGroupFileProps {
  upload: UploadView;
  isLast: boolean;
  onMenu: OpenRowMenu;
}

/** A file in an open error group. The row of the group shows the error, and the button that fixes the destination. */
export const ErrorGroupFile = memo(function ErrorGroupFile({ upload, isLast, onMenu }: ErrorGroupFileProps) {
  const detailsId = useId();
  const areDetailsOpen = useScreen((state) => state.openDetails.has(upload.id)) && hasDetails(upload);
  return (
    <div className={classNames(styles.row, styles.nested, isLast && styles.last)}>
      <Thumb name={upload.name} />
      <FileName name={upload.name} className={styles.name} />
      <div className={styles.line}>
        <div className={styles.meta}>{formatBytes(upload.size, readerLocale)}</div>
      </div>
      <div className={styles.acts}>
        {/* An action for all uploads of the destination is the button of the group. */}
        {!appliesToDestination(primaryAction(upload)) && <PrimaryAction upload={upload} />}
        {hasDetails(upload) && <DetailsToggle upload={upload} isOpen={areDetailsOpen} detailsId={detailsId} />}
        <MoreButton name={displaySafeName(upload.name)} onMenu={(anchor) => onMenu({ kind: 'row', upload }, anchor)} />
      </div>
      {areDetailsOpen && <Details id={detailsId} upload={upload} />}
    </div>
  );
});
