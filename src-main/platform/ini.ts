/**
 * Parses sections with `key = value` lines, as rclone, s3cmd and the AWS tools write them. These programs have
 * different rules for quotes and for comments after a value, so a value is the whole rest of its line: a secret may
 * contain `=`, `#`, `;`, quotes and brackets.
 */

export interface Section {
  name: string;
  values: Map<string, string>;
}

/**
 * The sections in their order. Two sections with the same name are merged, and the later value wins. Lines that are not
 * a section, a value or a comment are skipped. An indented line below a key without a value belongs to that key:
 * `endpoint_url` below `s3 =` is `s3.endpoint_url`.
 */
export function parseIni(text: string): Section[] {
  const sections = new Map<string, Section>();
  let current: Section | undefined;
  let parent: string | undefined;
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)) {
    const trimmed = line.trim();
    if (trimmed.startsWith('[')) {
      current = getOrAddSection(trimmed, sections) ?? current;
      parent = undefined;
      continue;
    }
    const at = trimmed.indexOf('=');
    if (!current || at < 1 || /^[#;]/.test(trimmed)) continue;
    const value = trimmed.slice(at + 1).trimStart();
    const key = trimmed.slice(0, at).trimEnd().toLowerCase();
    const isNested = parent !== undefined && line !== line.trimStart();
    current.values.set(isNested ? `${parent}.${key}` : key, value);
    if (!isNested) parent = value === '' ? key : undefined;
  }
  return [...sections.values()];
}

function getOrAddSection(line: string, sections: Map<string, Section>): Section | undefined {
  const end = line.indexOf(']');
  if (end === -1) return undefined;
  const name = line.slice(1, end).trim();
  const section = sections.get(name) ?? { name, values: new Map<string, string>() };
  sections.set(name, section);
  return section;
}
