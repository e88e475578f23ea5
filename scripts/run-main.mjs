/** Prints progress to stderr, so that `npm start --silent` leaves stdout to the app. @param {string} line */
export const log = (line) => void process.stderr.write(`hoist: ${line}\n`);

/** A problem that the user can fix: shown without a stack. */
export class UserError extends Error {}

/**
 * Runs a command's main function. Its result is the exit code.
 * @param {() => Promise<number | void>} main
 */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    log(error instanceof UserError ? error.message : String(/** @type {Error} */ (error)?.stack ?? error));
    process.exitCode = 1;
  }
}
