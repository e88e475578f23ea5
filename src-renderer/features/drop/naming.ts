/** Names as they are typed before files are sent. Pure. */
import { text } from '../../../src-shared/text/text.ts';
import type { AcceptedItem } from '../../stores/intake-results.ts';

/** UTF-16 units before the extension; all of a name that has none, or that is nothing else (".profile"). */
export function stemLength(name: string): number {
  const dot = name.lastIndexOf('.');
  return dot > 0 && name.length - dot <= 12 ? dot : name.length;
}

/** What is wrong with a name, as a sentence. */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return text('ui.naming.empty');
  return /[/\\]/.test(name) ? text('ui.naming.slash') : undefined;
}

/** For each file its new name; null where it keeps its own, as folders always do. */
export const chosenNames = (
  files: readonly AcceptedItem[],
  nameOf: (file: AcceptedItem) => string,
): (string | null)[] =>
  files.map((file) => (file.files !== undefined || nameOf(file).trim() === file.name ? null : nameOf(file).trim()));
