// The committed mutants: patches that break the product, each with the test that must notice.
//   # breaks: what goes wrong for the user
//   # caught by: unit "part of a test's title"        (or e2e)
//   diff …
import fs from 'node:fs';
import path from 'node:path';
import { Advice } from '../say.mjs';

/** @typedef {{ name: string, file: string, breaks: string, kind: 'unit' | 'e2e', title: string }} Mutant */

/** @param {string} name @param {string} text @returns {Omit<Mutant, 'file'>} */
export function parse(name, text) {
  const breaks = /^# breaks: (.+)$/m.exec(text)?.[1]?.trim();
  const [, kind, title] = /^# caught by: (unit|e2e) "(.+)"\s*$/m.exec(text) ?? [];
  if (!breaks || !title) throw new Advice(`e2e/mutants/${name}.patch lacks its header. Begin it with the lines\n  # breaks: what goes wrong\n  # caught by: unit "title of a test"   (or: e2e "title")`);
  return { name, breaks, kind: /** @type {'unit' | 'e2e'} */ (kind), title };
}

/** @param {string} root @param {string} filter part of a name; all when empty @returns {Mutant[]} */
export function readMutants(root, filter) {
  const folder = path.join(root, 'e2e', 'mutants');
  return fs.readdirSync(folder).filter((file) => file.endsWith('.patch') && file.includes(filter)).sort()
    .map((file) => ({ file: path.join(folder, file), ...parse(file.replace(/\.patch$/, ''), fs.readFileSync(path.join(folder, file), 'utf8')) }));
}
