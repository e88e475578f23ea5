/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'scripts/start.mjs',
    find: "return process.env.npm_lifecycle_event === 'start' ? process.env.INIT_CWD : undefined;",
    replace: 'return undefined;',
    breaks: 'npm start -- upload looks for files in the checkout instead of the user’s folder',
    caughtBy: { e2e: 'npm start: file names are relative to the user’s folder' },
  },
  {
    file: 'build/launchers/hoist',
    find: 'exec "$app" $superuser --ozone-platform=headless --disable-gpu --disable-software-rasterizer --log-level=3 --command-line -- "$@"',
    replace:
      'exec "$app" $superuser --ozone-platform=headless --disable-gpu --disable-software-rasterizer --log-level=3 --command-line -- $*',
    breaks: 'a file with a space in its name cannot be named on the command line',
    caughtBy: { unit: 'the launcher passes arguments on unchanged, after Chromium’s own switches' },
  },
  {
    file: 'scripts/build.mjs',
    find: 'if (!keep.includes(folder) && !userPids(folder).some(isAlive)) fs.rmSync(folder, { recursive: true, force: true });',
    replace: 'if (!keep.includes(folder)) fs.rmSync(folder, { recursive: true, force: true });',
    breaks: 'a build deletes the files of a running app',
    caughtBy: { unit: 'a running app keeps its own files during a build' },
  },
  {
    file: 'scripts/lock.mjs',
    find: 'Date.now() - startedAt >= announceAfterMs',
    replace: 'true',
    breaks: 'two commands that start at the same time print a line about each other',
    caughtBy: { unit: 'a short wait for another process is not announced' },
  },
  {
    file: 'scripts/layers.mjs',
    find: 'if (isTestCode(to)) return `${to} exists only for tests: the product must not import it.`;',
    replace: '',
    breaks: 'the app may contain code that exists only for tests',
    caughtBy: { unit: 'the product must not import code that exists only for tests' },
  },
  {
    file: 'src-main/engine/tsconfig.json',
    find: '"rootDir": "../..",',
    replace: '"rootDir": "../..", "types": ["node"],',
    breaks: 'the engine can use timers and files, so the simulation does not cover them',
    caughtBy: { unit: 'code with a forbidden global object does not compile in' },
  },
  {
    file: 'scripts/names.mjs',
    find: ".flatMap(([, names = '']) => names.split(',').map(exportedAs))",
    replace: '.flatMap(() => [])',
    breaks: 'the check of names misses two exports of one name in export lists',
    caughtBy: { unit: 'finds the exports of' },
  },
  {
    file: 'scripts/names.mjs',
    find: 'return [...new Set([...keys, ...parameters])].filter(',
    replace: 'return [...new Set([...keys])].filter(',
    breaks: 'a parameter of a text may have a private name',
    caughtBy: { unit: 'finds the private words in the text' },
  },
];
