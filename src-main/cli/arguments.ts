/**
 * How a launcher says that this is the command line: `… --command-line -- ARGUMENTS`. Chromium and Electron read switches
 * only before `--`, so nothing that a user types after it can reach them.
 */
const commandLineFlag = '--command-line';

/** The user's arguments, or undefined when a window is wanted. */
export function commandLineArguments(argv: readonly string[]): string[] | undefined {
  const at = argv.indexOf('--');
  return at > 0 && argv[at - 1] === commandLineFlag ? argv.slice(at + 1) : undefined;
}
