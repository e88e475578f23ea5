/** Tells what is being done. On stderr, so that `npm start --silent` leaves stdout to the app. @param {string} line */
export const log = (line) => void process.stderr.write(`hoist: ${line}\n`);

/** Something a person can mend: shown as it is, without a stack. */
export class UserError extends Error {}

/**
 * Runs a command's main function. What it returns is the exit code.
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
