/** The record that a row shows (an upload, a folder or an error group), and the row's name, label, menu and keys. */
import type { RefObject } from 'react';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { displaySafeName } from '../../format/file-name.ts';
import type { Hoist } from '../../hoist.ts';
import type { UploadFolder } from '../../stores/folders.ts';
import { toggleExpanded } from '../../stores/screen.ts';
import { errorGroupKeyAction, runErrorGroupAction } from './error-group-actions.ts';
import { groupLabel, groupSubject, type ErrorGroup } from './error-groups.ts';
import { folderKeyAction, runFolderAction } from './folder-actions.ts';
import { spokenFolder } from './folder-line.ts';
import type { ListItem, RowItem } from './list-items.ts';
import { errorGroupChoices, folderChoices, rowChoices, type MenuChoice } from './menu-choices.ts';
import { keyAction, type RowKey } from './row-actions.ts';
import { runRowAction } from './run-row-action.ts';
import { spokenStatus } from './status-line.ts';
import type { ListData } from './use-items.ts';

/** What a row shows. */
export type RowSubject =
  | { kind: 'row'; upload: UploadView }
  | { kind: 'folder'; folder: UploadFolder }
  | { kind: 'errors'; group: ErrorGroup };
/** A row's subject, together with its place in the list. */
export type RowContent = RowSubject & { item: RowItem };
/** Opens the menu of a row at the anchor. */
export type OpenRowMenu = (subject: RowSubject, anchor: RefObject<Element | null>) => void;

/** Undefined for the header, and for a row whose uploads were removed. */
export function rowContent(
  item: ListItem | undefined,
  { records, folders, errors }: Pick<ListData, 'records' | 'folders' | 'errors'>,
): RowContent | undefined {
  switch (item?.kind) {
    case 'row': {
      const upload = records.get(item.id);
      return upload && { kind: 'row', item, upload };
    }
    case 'folder': {
      const folder = folders.get(item.id);
      return folder && { kind: 'folder', item, folder };
    }
    case 'errors': {
      const group = errors.get(item.id);
      return group && { kind: 'errors', item, group };
    }
    case 'now-header':
    case undefined:
      return undefined;
  }
}

export function rowName(subject: RowSubject): string {
  switch (subject.kind) {
    case 'row':
      return subject.upload.name;
    case 'folder':
      return subject.folder.name;
    case 'errors':
      return groupSubject(subject.group);
  }
}

/** The label for screen readers. */
export function rowLabel(subject: RowSubject, now: number, records: ListData['records']): string {
  switch (subject.kind) {
    case 'row':
      return `${displaySafeName(subject.upload.name)}, ${spokenStatus(subject.upload, now)}`;
    case 'folder': {
      const { folder } = subject;
      const [firstId] = folder.ids;
      const first = firstId === undefined ? undefined : records.get(firstId);
      return text('ui.folder.label', { name: displaySafeName(folder.name), status: spokenFolder(folder, first, now) });
    }
    case 'errors':
      return groupLabel(subject.group);
  }
}

export function menuChoices(hoist: Hoist, subject: RowSubject): MenuChoice[] {
  switch (subject.kind) {
    case 'row':
      return rowChoices(hoist, subject.upload);
    case 'folder':
      return folderChoices(hoist, subject.folder);
    case 'errors':
      return errorGroupChoices(hoist, subject.group);
  }
}

/** Runs the action that the key has on this kind of row, if it has one. */
export function runKey(hoist: Hoist, subject: RowSubject, key: RowKey): void {
  switch (subject.kind) {
    case 'row': {
      const action = keyAction(subject.upload, key);
      if (action) runRowAction(hoist, subject.upload, action);
      return;
    }
    case 'folder': {
      const action = folderKeyAction(subject.folder, key);
      if (action === 'toggle') toggleExpanded(hoist.screen, subject.folder.key);
      else if (action) runFolderAction(hoist, subject.folder, action);
      return;
    }
    case 'errors': {
      const action = errorGroupKeyAction(subject.group, key);
      if (action === 'toggle') toggleExpanded(hoist.screen, subject.group.key);
      else if (action) runErrorGroupAction(hoist, subject.group, action);
    }
  }
}
