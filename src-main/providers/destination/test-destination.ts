/** Tests a destination: signs in, uploads a small file, opens its link and deletes the file again. */
import { AppFailure, failure, type AppError, type ErrorCode } from '../../../src-shared/errors.ts';
import { checkSteps } from '../../../src-shared/profile.ts';
import type { CheckReport, CheckResult, CheckStep, FieldValues } from '../../../src-shared/profile.ts';
import type { Checkpoint, Link, Ref } from '../../../src-shared/upload.ts';
import type { Destination } from '../../engine/ports.ts';
import type { DiscardTarget, DriverPorts, LinkCheckError, Provider } from '../contract/provider.ts';
import { timeLimits } from '../network/time-limits.ts';
import { connectDestination, type ConnectedDestination, type ConnectOptions } from './connect.ts';
import { memorySource } from './memory-source.ts';

const testBytes = 1024;

export interface DestinationTestOptions extends ConnectOptions {
  signal?: AbortSignal;
  /** Gets all results so far: an empty list at the start, then again after each step. */
  onResults?(results: CheckResult[]): void;
}

/**
 * Uploads a small file with the same code as any other upload, so a passed test means that uploads and links will work.
 * Then deletes the file, or reports that it could not. Never throws.
 */
export async function testDestination<S>(
  provider: Provider<S>,
  values: FieldValues,
  ports: DriverPorts,
  options: DestinationTestOptions = {},
): Promise<CheckReport> {
  const run = new DestinationTestRun(ports, options);
  let destination: ConnectedDestination | undefined;
  await run.step('settings', async () => {
    destination = await connectDestination(provider, values, ports, options);
  });
  if (destination) await run.run(destination);
  destination?.close();
  return run.report();
}

type Note = NonNullable<CheckResult['note']>;
/** A warning about a step that passed. */
type StepRemark = Note | AppError | undefined | void;

class DestinationTestRun {
  readonly #ports: DriverPorts;
  readonly #limit = AbortSignal.timeout(timeLimits.destinationTestMs);
  readonly #signal: AbortSignal;
  readonly #results = new Map<CheckStep, CheckResult>();
  readonly #onResults: (results: CheckResult[]) => void;
  /** Why an anonymous client could not open the link. */
  #linkOutcome: LinkCheckError['outcome'] | undefined;

  constructor(ports: DriverPorts, { signal, onResults = () => undefined }: DestinationTestOptions) {
    this.#ports = ports;
    this.#onResults = onResults;
    onResults([]);
    this.#signal = signal ? AbortSignal.any([signal, this.#limit]) : this.#limit;
  }

  /** @returns whether the step passed; the report contains the failure */
  async step(step: CheckStep, act: () => Promise<StepRemark>): Promise<boolean> {
    const isPassed = await this.#runStep(step, act);
    // `run` may still change the result of the clean-up, and reports it then.
    if (step !== 'clean-up') this.#reportResults();
    return isPassed;
  }

  async #runStep(step: CheckStep, act: () => Promise<StepRemark>): Promise<boolean> {
    try {
      const remark = await act();
      // An object is an error, a text is a note, and undefined means that the step passed without a warning.
      const detail = typeof remark === 'object' ? { error: remark } : remark && { note: remark };
      this.#results.set(step, detail ? { step, outcome: 'warning', ...detail } : { step, outcome: 'ok' });
      return true;
    } catch (cause) {
      const error: AppError = cause instanceof AppFailure ? cause.error : { code: 'bug' };
      const outOfTime = error.code === 'canceled' && this.#signal.reason === this.#limit.reason;
      this.#results.set(step, {
        step,
        outcome: 'failed',
        error: outOfTime ? { code: 'stalled' } : error,
        ...(step === 'link' && this.#linkOutcome ? { note: this.#linkOutcome } : {}),
      });
      return false;
    }
  }

  /** Runs all steps after `settings`. */
  async run(destination: ConnectedDestination): Promise<void> {
    const content = Buffer.from(this.#ports.randomBytes(testBytes));
    if (!(await this.#checkSignIn(destination))) return;
    let checkpoint: Checkpoint | undefined;
    let ref: Ref | undefined;
    const isWritten = await this.step('write', async () => {
      ref = await destination.upload({
        source: memorySource(content, 'hoist-test.txt'),
        signal: this.#signal,
        onProgress: () => undefined,
        // Never replaces an existing file, and never asks the user.
        keyOptions: { createdAt: this.#ports.now(), folderName: '', collision: 'new-name' },
        onCheckpoint: async (latest) => {
          checkpoint = latest;
        },
      });
      if (!(await isStoredWhole(destination, ref, content.length, this.#signal))) throw failure('corrupted');
    });
    if (isWritten && ref !== undefined) {
      await this.#checkLink(destination, ref, content);
      await this.#measure(destination, ref, content);
    }
    const remaining = ref === undefined ? checkpoint && { checkpoint } : { ref };
    // The content is random, so no other client has the same bytes.
    if (remaining) await this.#cleanUp(destination, { ...remaining, uniqueContent: content });
    // If no file was written, the report contains no clean-up step.
    if (!isWritten) this.#results.delete('clean-up');
    this.#reportResults();
  }

  #reportResults(): void {
    this.#onResults(checkSteps.flatMap((step) => this.#results.get(step) ?? []));
  }

  #checkLink(destination: ConnectedDestination, ref: Ref, content: Buffer): Promise<boolean> {
    return this.step('link', async () => {
      const link = await destination.link(ref, this.#signal);
      // An anonymous client cannot open a private link, so only other links are tested.
      if (link.visibility === 'private') return 'private';
      const verification = await destination.probe(link, content.length, this.#signal);
      if (verification === 'private' || verification === 'unreachable')
        return this.#failLinkCheck(destination, link, verification);
      const downloaded = await destination.download(link, content.length, this.#signal);
      // Either the link returns another file, or the server responds to every request with the same page.
      if (!downloaded?.equals(content)) return this.#failLinkCheck(destination, link, 'unreachable');
      return verification === 'verified' ? undefined : verification;
    });
  }

  /** Uploads work without the measured settings, so the test passes even if measuring fails. */
  async #measure(destination: ConnectedDestination, ref: Ref, content: Buffer): Promise<void> {
    try {
      await destination.measure?.(ref, content, this.#signal);
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
    }
  }

  #failLinkCheck(destination: ConnectedDestination, link: Link, outcome: LinkCheckError['outcome']): never {
    this.#linkOutcome = outcome;
    throw new AppFailure(destination.explainLinkCheck(link, outcome));
  }

  /**
   * The check signs in and tries to write. If the service accepted the key and then refused the write, the report says
   * that the sign-in passed and the write failed.
   */
  async #checkSignIn(destination: ConnectedDestination): Promise<boolean> {
    const isSignedIn = await this.step('sign-in', () => destination.check(this.#signal));
    const error = this.#results.get('sign-in')?.error;
    if (isSignedIn || !error || !isAfterSignIn(error)) return isSignedIn;
    this.#results.set('sign-in', { step: 'sign-in', outcome: 'ok' });
    this.#results.set('write', { step: 'write', outcome: 'failed', error });
    this.#reportResults();
    return false;
  }

  /** Has a separate time limit, so it also runs after the test timed out. A key that may not delete is a warning. */
  async #cleanUp(destination: ConnectedDestination, remaining: DiscardTarget): Promise<void> {
    await this.step('clean-up', () => destination.discard(remaining, AbortSignal.timeout(timeLimits.cleanUpMs)));
    const error = this.#results.get('clean-up')?.error;
    if (error?.code === 'forbidden')
      this.#results.set('clean-up', { step: 'clean-up', outcome: 'warning', note: 'left-behind' });
  }

  report(): CheckReport {
    const results = checkSteps.map((step): CheckResult => this.#results.get(step) ?? { step, outcome: 'skipped' });
    return { ok: results.every(({ outcome }) => outcome === 'ok' || outcome === 'warning'), results };
  }
}

/** A service reports these errors only after it has accepted the key. */
const errorsAfterSignIn: ReadonlySet<ErrorCode> = new Set([
  'forbidden',
  'no-bucket',
  'rejected',
  'quota-exceeded',
  'too-large',
]);

/** An error at a proxy or AWS sign-in field comes from that service, before the store has received the key. */
const isAfterSignIn = ({ code, field }: AppError): boolean =>
  errorsAfterSignIn.has(code) && !(code === 'rejected' && /^(proxy|aws|sso)/.test(field ?? ''));

/** A key that may not read cannot verify the size. This does not count as a failure. */
async function isStoredWhole(destination: Destination, ref: Ref, size: number, signal: AbortSignal): Promise<boolean> {
  try {
    return (await destination.stat(ref, signal))?.size === size;
  } catch (cause) {
    if (!(cause instanceof AppFailure) || cause.error.code !== 'forbidden') throw cause;
    return true;
  }
}
