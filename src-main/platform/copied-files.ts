/** Reads the paths of copied files from the text that file managers put on the clipboard. Pure. */
import { fileURLToPath } from 'node:url';

/** Lines that GNOME's file managers write before the addresses. */
const headerLines = new Set(['x-special/nautilus-clipboard', 'x-special/gnome-copied-files', 'copy', 'cut']);

/**
 * Returns the paths of `file:` addresses, one per line (RFC 2483). Empty if any line is something else, because the
 * user then copied text, not files.
 */
export function copiedFilePaths(content: string): string[] {
  const lines = content
    .split(/[\r\n\0]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !headerLines.has(line));
  const paths = lines.map(localPath);
  return paths.every((path) => path !== undefined) ? paths : [];
}

/** Undefined for other addresses, other hosts and malformed escapes. */
function localPath(line: string): string | undefined {
  if (!/^file:\/\//i.test(line) || !URL.canParse(line)) return undefined;
  try {
    return fileURLToPath(line);
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof URIError) return undefined;
    throw cause;
  }
}
