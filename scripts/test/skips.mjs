// e2e/skips.json lists the tests that may be skipped, and why. With HOIST_NO_SKIP any other skip is a failure.
import fs from 'node:fs';
import path from 'node:path';

/** @typedef {{ test: string, reason: string }} AllowedSkip `test`: a title, or the beginning of one */

/** @param {string} root @returns {AllowedSkip[]} */
export const readAllowedSkips = (root) => JSON.parse(fs.readFileSync(path.join(root, 'e2e', 'skips.json'), 'utf8'));

/**
 * @param {import('./tally.mjs').Skip[]} skips
 * @param {AllowedSkip[]} allowed
 */
export function checkSkips(skips, allowed) {
  const checked = skips.map((skip) => ({
    ...skip,
    reason: allowed.find(({ test }) => skip.title.startsWith(test))?.reason,
  }));
  return {
    lines: checked.map(
      ({ file, title, reason }) => `skipped: ${file}: ${title}: ${reason ?? 'NOT ON THE LIST e2e/skips.json'}`,
    ),
    unlisted: checked.filter(({ reason }) => !reason).length,
  };
}
