/** Preview of a file's destination and name before it is sent. Pure. */
import { fillTemplate, parseTemplate, defaultTemplate } from '../../../src-shared/name-template.ts';
import type { ProfileView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';

/** Shown for parts that are not known before the upload: random characters and hashes of the content. */
const unknownPart = '…';

/**
 * "To Work, as 2026/11/24/…/report.pdf".
 *
 * @param at ms since 1970
 * @returns undefined while the destination's template is invalid
 */
export function previewDestination(
  { name: profile, settings }: Pick<ProfileView, 'name' | 'settings'>,
  name: string,
  at: number,
): string | undefined {
  const { template } = parseTemplate(settings.nameTemplate || defaultTemplate);
  if (!template || name.trim() === '') return undefined;
  const path = fillTemplate(template, {
    name: name.trim(),
    kind: 'file',
    at,
    profile,
    folder: '',
    random: () => unknownPart,
    uuid: () => unknownPart,
    hash: unknownPart,
  });
  return text('ui.naming.goes-to', {
    destination: profile,
    objectKey: [settings.prefix, path].filter(Boolean).join('/'),
  });
}
