import { exactArguments } from '../platform/exact-arguments.ts';

/**
 * A launcher starts the command line with `… --command-line -- ARGUMENTS`. Chromium and Electron read switches only
 * before `--`, so they never see an argument of the user.
 */
const commandLineFlag = '--command-line';
/** Set by a launcher that has only the text of the arguments: a replacement character may stand for any bytes. */
const decodedFlag = '--decoded-arguments';

/** Returns the user's arguments, or undefined when Hoist should open its window. The files to upload are exact. */
export function commandLineArguments(argv: readonly string[]): string[] | undefined {
  const separator = argv.indexOf('--');
  if (separator <= 0 || argv[separator - 1] !== commandLineFlag) return undefined;
  const args = argv.slice(separator + 1);
  const isDecoded = argv.slice(0, separator).includes(decodedFlag);
  return args[0] === 'upload' && !isDecoded ? exactArguments(args) : args;
}
