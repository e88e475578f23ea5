// The layers of the code, lowest first. A file imports only from its own layer or a lower one; the lint rule
// `hoist/import-direction` checks that. Tests and testing/ folders may import from any layer; no other file may import
// them.

/**
 * Each entry is one layer: the modules in it, as folders or files below `root`. Modules of one layer do not import each
 * other.
 * @typedef {{ root: string, layers: string[][] }} LayerStack
 */

/** @type {LayerStack[]} */
export const stacks = [
  {
    root: 'src-main',
    layers: [
      ['../src-shared'],
      ['engine', 'preload'],
      ['platform', 'example-file.ts'],
      ['store'],
      ['providers', 'practice'],
      ['profiles'],
      ['core'],
      ['ipc'],
      ['electron'],
      ['app', 'cli'],
      ['main.ts'],
    ],
  },
  {
    root: 'src-main/providers',
    layers: [
      ['settings'],
      ['network'],
      ['links', 'contract'],
      ['keys'],
      ['transfer'],
      ['s3', 'dropbox', 'fal'],
      ['destination'],
      ['registry.ts'],
    ],
  },
  {
    root: 'src-renderer',
    layers: [
      ['../src-shared'],
      ['format'],
      ['ui'],
      ['bridge.ts'],
      ['stores'],
      ['hoist.ts'],
      ['use-hoist.ts'],
      ['features'],
      ['connect-stores.ts', 'use-shortcuts.ts'],
      ['App.tsx'],
      ['main.tsx', 'scenes'],
    ],
  },
];

/** Whether a file exists only for tests. @param {string} file relative to the project */
const isTestCode = (file) => /\.test\.[cm]?[jt]sx?$|\/testing\/|^e2e\//.test(file);

/**
 * Why `from` must not import `to`; undefined when it may.
 * @param {string} from a file, relative to the project
 * @param {string} to the imported file, likewise
 */
export function wrongImport(from, to) {
  if (isTestCode(from)) return undefined; // a test may start any part
  if (isTestCode(to)) return `${to} exists only for tests: the product must not import it.`;
  for (const stack of stacks) {
    const [importer, imported] = [moduleOf(stack, from), moduleOf(stack, to)];
    if (!importer || !imported || importer.name === imported.name || imported.layer < importer.layer) continue;
    return `${importer.name} must not import ${imported.name}: imports point only to lower layers (scripts/layers.mjs).`;
  }
  return undefined;
}

/** @param {LayerStack} stack @param {string} file @returns {{ name: string, layer: number } | undefined} */
function moduleOf({ root, layers }, file) {
  for (const [layer, modules] of layers.entries()) {
    for (const module of modules) {
      const name = module.startsWith('../') ? module.slice('../'.length) : `${root}/${module}`;
      if (file === name || file === `${name}.ts` || file.startsWith(`${name}/`)) return { name, layer };
    }
  }
  return undefined;
}

/** The files of a stack's root that belong to no layer. @param {string[]} files all source files of the project */
export const withoutLayer = (files) =>
  stacks.flatMap((stack) =>
    files.filter((file) => file.startsWith(`${stack.root}/`) && !isTestCode(file) && !moduleOf(stack, file)),
  );
