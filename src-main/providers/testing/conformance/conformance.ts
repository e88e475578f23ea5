/**
 * The requirements that every provider must meet. A provider's test starts its service behind a `FaultProxy` and passes
 * a `ConformanceSubject`. When a provider has a bug that others could have too, a test is added here. A real account
 * has no proxy, so it runs only the tests that need no fault.
 */
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { isFullRun } from '../../../testing/sample.ts';
import { registerCancelTests } from './cancel.ts';
import { registerChangingFileTests } from './changing-files.ts';
import { registerCheckTests } from './check.ts';
import { ConformanceContext } from './context.ts';
import { registerCrashResumeTests } from './crash-resume.ts';
import { registerErrorTests } from './errors.ts';
import { registerFaultSweepTests } from './fault-sweep.ts';
import { registerManifestTests } from './manifest.ts';
import { registerRoundTripTests } from './round-trips.ts';
import { registerSecretTests } from './secrets.ts';
import { registerStreamTests } from './streams.ts';
import type { ConformanceSubject, Depth } from './subject.ts';

export interface ConformanceOptions {
  /** The depth of a full run. */
  depth?: Depth;
  /** The depth of all other runs. */
  sampleDepth?: Depth;
}

/**
 * Registers the tests of the suite.
 * @param start starts a fresh service with an empty folder; undefined when the service is not available (the caller
 * reports the reason)
 */
export function conformance(
  name: string,
  start: (() => Promise<ConformanceSubject>) | undefined,
  { depth = 'whole', sampleDepth = depth }: ConformanceOptions = {},
): void {
  const context = new ConformanceContext(name, isFullRun ? depth : sampleDepth);
  const timeout = context.depth === 'live' ? 900_000 : 180_000;
  describe.skipIf(!start)(`${name} keeps the provider contract`, { timeout }, () => {
    let stopRecording: (() => void) | undefined;
    beforeAll(async () => {
      stopRecording = recordConsole(context.consoleOutput);
      await context.connect(await start!());
    });
    afterEach(() => {
      context.subject.proxy?.setRule();
    });
    afterAll(async () => {
      stopRecording?.();
      await context.stop();
      if (context.skippedTests > 0)
        console.info(`${name}: ${context.skippedTests} tests are skipped, because they need a fault proxy`);
    });

    registerManifestTests(context);
    registerCheckTests(context);
    registerRoundTripTests(context);
    registerChangingFileTests(context);
    registerCancelTests(context);
    registerErrorTests(context);
    registerFaultSweepTests(context);
    registerCrashResumeTests(context);
    registerStreamTests(context);
    // The last chapter: it searches the failures of all other tests.
    registerSecretTests(context);
  });
}

/** Adds console output and warnings to `output` until the returned function is called. */
function recordConsole(output: string[]): () => void {
  const originalConsole = { warn: console.warn, error: console.error, log: console.log };
  const onWarning = (warning: Error): void => {
    output.push(String(warning));
  };
  process.on('warning', onWarning);
  for (const method of ['warn', 'error', 'log'] as const)
    console[method] = (...args: unknown[]) => {
      output.push(inspect(args));
    };
  return () => {
    Object.assign(console, originalConsole);
    process.off('warning', onWarning);
  };
}
