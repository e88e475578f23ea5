import { exactArguments } from '../platform/exact-arguments.ts';

/**
 * A launcher starts the command line with `… --command-line -- ARGUMENTS`. Chromium and Electron read switches only
 * before `--`, so they never see an argument of the user.
 */
const commandLineFlag = '--command-line';
/**
 * Set by a launcher that gets the arguments as decoded text: in it, a replacement character stands for bytes that are
 * not valid text, so the exact bytes of a file name are unknown.
 */
const decodedFlag = '--decoded-arguments';

/**
 * Returns the user's arguments, or undefined when Hoist should open its window. The names of files to upload keep their
 * exact bytes where possible.
 */
export function commandLineArguments(argv: readonly string[]): string[] | undefined {
  const separator = argv.indexOf('--');
  if (separator <= 0 || argv[separator - 1] !== commandLineFlag) return undefined;
  const args = argv.slice(separator + 1);
  const isDecoded = argv.slice(0, separator).includes(decodedFlag);
  return args[0] === 'upload' && !isDecoded ? exactArguments(args) : args;
}
