import { ErrorGroupFile } from './ErrorGroupFile.tsx';
import { ErrorGroupRow } from './ErrorGroupRow.tsx';
import { FolderRow } from './FolderRow.tsx';
import type { OpenRowMenu, RowContent } from './row-content.ts';
import { UploadRow } from './UploadRow.tsx';

/** The row of an upload, of a folder, or of several uploads with the same error. */
export function ContentRow({ content, onMenu }: { content: RowContent; onMenu: OpenRowMenu }) {
  const { item } = content;
  const ends = { isFirst: item.first, isLast: item.last };
  const isOpen = item.kind !== 'row' && item.isOpen;
  // The open row that contains this one: a folder or a group of uploads with the same error
  const parent = item.kind === 'row' ? item.parent?.kind : undefined;
  switch (content.kind) {
    case 'row':
      return parent === 'errors' ? (
        <ErrorGroupFile upload={content.upload} isLast={item.last} onMenu={onMenu} />
      ) : (
        <UploadRow upload={content.upload} isInFolder={parent === 'folder'} {...ends} onMenu={onMenu} />
      );
    case 'folder':
      return <FolderRow folder={content.folder} isOpen={isOpen} {...ends} onMenu={onMenu} />;
    case 'errors':
      return <ErrorGroupRow group={content.group} isOpen={isOpen} {...ends} onMenu={onMenu} />;
  }
}
