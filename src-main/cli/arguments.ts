/**
 * A launcher starts the command line with `… --command-line -- ARGUMENTS`. Chromium and Electron read switches only
 * before `--`, so they never see an argument of the user.
 */
const commandLineFlag = '--command-line';

/** Returns the user's arguments, or undefined when Hoist should open its window. */
export function commandLineArguments(argv: readonly string[]): string[] | undefined {
  const separator = argv.indexOf('--');
  return separator > 0 && argv[separator - 1] === commandLineFlag ? argv.slice(separator + 1) : undefined;
}
