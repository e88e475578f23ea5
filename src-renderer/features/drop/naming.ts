/** Names that the user types before files are sent. Pure. */
import { text } from '../../../src-shared/text/text.ts';
import type { AcceptedItem } from '../../stores/intake-results.ts';

/** Length of an extension with its dot. More characters after a dot belong to a sentence, not to an extension. */
const maxExtensionLength = 12;

/** UTF-16 units before the extension; the whole name when it has no extension (".profile"). */
export function stemLength(name: string): number {
  const dot = name.lastIndexOf('.');
  return dot > 0 && name.length - dot <= maxExtensionLength ? dot : name.length;
}

/** The problem of a name, as a sentence. */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return text('ui.naming.empty');
  return /[/\\]/.test(name) ? text('ui.naming.slash') : undefined;
}

/** The new name of each file; null if the file keeps its name. Folders always keep their names. */
export const chosenNames = (
  files: readonly AcceptedItem[],
  nameOf: (file: AcceptedItem) => string,
): (string | null)[] =>
  files.map((file) => (file.files !== undefined || nameOf(file).trim() === file.name ? null : nameOf(file).trim()));
