/**
 * The requirements that every provider must meet, whatever its service. A provider's test starts its service behind a
 * {@link FaultProxy} and passes a {@link ConformanceSubject}. A bug of one provider becomes a test here, so no other
 * provider repeats it. A real account has no proxy, so it runs only the tests that need no fault.
 */
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AppFailure, errorTable, type AppError, type ErrorCode } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { holdsSecret } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { Checkpoint, LinkOverride, Ref, Verification } from '../../../src-shared/upload.ts';
import type { FileSource, Transfer } from '../../engine/ports.ts';
import { createSampler, isFullRun } from '../../testing/sample.ts';
import { validateValues, connectDestination, type ConnectedDestination } from '../destination/connect.ts';
import { testDestination } from '../destination/test-destination.ts';
import { fieldProblems } from '../destination/field-problems.ts';
import type { DriverPorts, Provider } from '../contract/provider.ts';
import { FaultProxy, type Fault } from './fault-proxy.ts';
import { hostileNames } from './hostile-names.ts';
import { downloadUrl, openLink } from './open-link.ts';
import {
  fillPattern,
  patternBytes,
  patternSource,
  patternStream,
  rewrittenSource,
  truncatedSource,
} from './pattern-source.ts';

export interface ConformanceSubject {
  provider: Provider;
  /** Valid settings and secrets, through the proxy. */
  values: FieldValues;
  /** Settings that the schema accepts and the service refuses. */
  rejectedSettings: { what: string; values: FieldValues; code: ErrorCode; field?: string }[];
  /** Without a proxy no fault can be injected: depth `live`. */
  proxy?: FaultProxy;
  /** The proxy's host name in the values, if it is not the proxy's own address. */
  url?: string;
  /** The largest file that is sent in one request, and the part size above it, in bytes. */
  oneRequestBytes: number;
  partBytes: number;
  /** The number of parts sent at once, which a crash may lose. */
  partsAtOnce: number;
  /** Returns the provider for another address. If absent, `values` contain the proxy's address. */
  atUrl?(url: string): Pick<ConformanceSubject, 'provider' | 'values'>;
  /** Who can open the links, if not only this computer. */
  reach?: Verification;
  /**
   * Everything in the tests' folder that a client could open or that needs cleaning up. Absent when the service has no
   * list; the suite then counts the objects that it stored.
   */
  leftovers?(): Promise<{ objects: number; uploads: number }>;
  /** Also empties the folder if it outlives the tests. */
  stop(): Promise<void>;
}

/** A path that must never appear in an error: the sources claim to be in this folder. */
const secretPath = '/home/somebody/private folder';
const neverAborted = new AbortController().signal;
const ports: DriverPorts = { now: Date.now, randomBytes: (count) => randomBytes(count) };
const noLeftovers = { objects: 0, uploads: 0 };

/**
 * - `whole`: every test
 * - `basic`: without crashes and the full list of names, for a service that another run tests completely
 * - `brief`: also without faults
 * - `live`: without faults, for a service without a proxy
 */
type Depth = 'whole' | 'basic' | 'brief' | 'live';

export interface ConformanceOptions {
  depth?: Depth;
  /** The depth unless this is a full run. */
  sampleDepth?: Depth;
}

/**
 * @param start starts a fresh service with an empty folder; undefined when the service is not available (the caller
 * reports the reason)
 */
export function conformance(
  name: string,
  start: (() => Promise<ConformanceSubject>) | undefined,
  { depth: fullDepth = 'whole', sampleDepth = fullDepth }: ConformanceOptions = {},
): void {
  const depth = isFullRun ? fullDepth : sampleDepth;
  const sample = createSampler(name);
  /** The requests of an upload that a sweep goes through. A sample has the first, the last and one between them. */
  const requestNumbers = (total: number): number[] =>
    sample(
      Array.from({ length: total }, (_, index) => index + 1),
      3,
      (k) => [k === 1 ? 'first' : k === total ? 'last' : 'between'],
    );
  describe.skipIf(!start)(
    `${name} keeps the provider contract`,
    { timeout: depth === 'live' ? 900_000 : 180_000 },
    () => {
      let subject: ConformanceSubject;
      let destination: ConnectedDestination;
      let skippedTests = 0;
      const fullTest = (what: string, act: () => Promise<void>): void => {
        if (depth === 'whole' || depth === 'live') test(what, act);
      };
      /** For tests that need a fault or have to see each request. */
      const faultTest = (what: string, act: (proxy: FaultProxy) => Promise<void>): void => {
        if (depth === 'live') skippedTests++;
        else if (depth !== 'brief') test(what, () => act(proxyOf()));
      };
      const crashTest: typeof faultTest = (what, act) => {
        if (depth !== 'basic') faultTest(what, act);
      };
      /** Every failure that a test saw, for the search for secrets at the end. */
      const failures: AppFailure[] = [];
      /** Everything printed or warned about: a driver must not print. */
      const consoleOutput: string[] = [];
      const onWarning = (warning: Error): void => {
        consoleOutput.push(String(warning));
      };
      const originalConsole = { warn: console.warn, error: console.error, log: console.log };

      beforeAll(async () => {
        process.on('warning', onWarning);
        for (const method of ['warn', 'error', 'log'] as const)
          console[method] = (...args: unknown[]) => {
            consoleOutput.push(inspect(args));
          };
        subject = await start!();
        destination = await connectDestination(subject.provider, subject.values, ports);
      });
      afterAll(async () => {
        Object.assign(console, originalConsole);
        process.off('warning', onWarning);
        destination?.close();
        await subject?.stop();
        if (skippedTests > 0)
          console.info(
            `${name}: ${skippedTests} tests are skipped, because they inject faults and this service has no fault proxy`,
          );
      });
      afterEach(() => {
        subject.proxy?.setRule();
      });

      // ---------------------------------------------------------------- helpers

      const proxyOf = (): FaultProxy => {
        if (!subject.proxy) throw new Error('only faultTest has a proxy');
        return subject.proxy;
      };
      /** Only a proxy can see requests. */
      const expectNoRequest = (): void => {
        if (subject.proxy) expect(subject.proxy.requests).toEqual([]);
      };

      /** The objects that the suite has stored. */
      const storedRefs = new Set<Ref>();
      const upload = async (
        source: Transfer['source'],
        rest: Partial<Transfer> = {},
        through = destination,
      ): Promise<Ref> => {
        const ref = await through.upload({
          source,
          signal: neverAborted,
          onCheckpoint: async () => undefined,
          onProgress: () => undefined,
          ...rest,
        });
        storedRefs.add(ref);
        return ref;
      };
      const leftovers = async (): Promise<{ objects: number; uploads: number }> =>
        subject.leftovers?.() ?? { objects: storedRefs.size, uploads: 0 };

      const failureOf = async (work: Promise<unknown>): Promise<AppError> => {
        const cause: unknown = await work.then(
          (value) => {
            throw new Error(`did not fail but gave ${inspect(value)}`);
          },
          (thrown: unknown) => thrown,
        );
        if (!(cause instanceof AppFailure)) throw cause;
        failures.push(cause);
        return cause.error;
      };

      /** Opens the link as an anonymous client and compares every byte. */
      const expectContent = async (ref: Ref, size: number): Promise<void> => {
        const { url } = await destination.link(ref, neverAborted);
        const answer = await openLink(url, { ca: subject.values.ca });
        expect(answer.status, url).toBe(200);
        let position = 0;
        for await (const chunk of answer.body) {
          const expected = Buffer.allocUnsafe(chunk.length);
          fillPattern(expected, position);
          if (!expected.equals(chunk)) throw new Error(`other bytes after ${position}`);
          position += chunk.length;
        }
        expect(position).toBe(size);
      };

      const reach = (): Verification => subject.reach ?? 'this-computer';

      /** Files that a service without deletion has to keep. They are expected and no longer counted. */
      let undeletable = 0;
      const knownUndeletable = new Set<string>();
      const canDelete = (): boolean => subject.provider.capabilities.canDelete;

      const remaining = async (): Promise<{ objects: number; uploads: number }> => {
        const { objects, uploads } = await leftovers();
        return { objects: objects - undeletable, uploads };
      };

      /** Nothing remains; for a service without deletion, at most so many files of failed uploads. */
      const expectNothingLeft = async ({
        allowUndeletable = 0,
        what,
      }: { allowUndeletable?: number; what?: string } = {}): Promise<void> => {
        const { objects, uploads } = await remaining();
        if (canDelete()) return expect({ objects, uploads }, what).toEqual(noLeftovers);
        expect(uploads, what).toBe(0);
        expect(objects, what).toBeLessThanOrEqual(allowUndeletable);
        undeletable += objects;
      };

      /** A service without deletion must say so for an existing file. */
      const discard = async (target: { checkpoint: Checkpoint } | { ref: Ref }): Promise<void> => {
        if (canDelete()) {
          await destination.discard(target, neverAborted);
          if ('ref' in target) storedRefs.delete(target.ref);
          return;
        }
        const error = await destination.discard(target, neverAborted).then(
          () => undefined,
          (cause: unknown) => (cause as AppFailure).error,
        );
        if ('ref' in target || error !== undefined) expect(error?.code).toBe('forbidden');
        if (error === undefined || knownUndeletable.has(JSON.stringify(target))) return;
        knownUndeletable.add(JSON.stringify(target));
        undeletable = Math.min(undeletable + 1, (await leftovers()).objects);
      };

      /** Fails with an error code or returns the ref; in both cases a clean-up leaves nothing behind. */
      const settle = async (
        work: Promise<Ref>,
        checkpoints: Checkpoint[],
        size: number,
      ): Promise<'stored' | ErrorCode> => {
        let outcome: 'stored' | ErrorCode;
        let ref: Ref | undefined;
        try {
          ref = await work;
          await expectContent(ref, size);
          outcome = 'stored';
        } catch (cause) {
          if (!(cause instanceof AppFailure)) throw cause;
          failures.push(cause);
          outcome = cause.error.code;
        }
        subject.proxy?.setRule();
        const checkpoint = checkpoints.at(-1);
        if (ref !== undefined) await discard({ ref });
        else if (checkpoint !== undefined) await discard({ checkpoint });
        await expectNothingLeft({ allowUndeletable: 1 });
        return outcome;
      };

      // ---------------------------------------------------------------- manifest

      test('the manifest is complete: ids, help, sentences, defaults', () => {
        const { provider } = subject;
        const keys = provider.fields.map((field) => field.key);
        expect(new Set(keys).size).toBe(keys.length);
        expect(provider.capabilities.visibilities.length).toBeGreaterThan(0);
        expect(text(provider.help)).not.toBe('');
        for (const field of provider.fields) {
          expect(text(field.label), field.key).not.toBe('');
          expect(text(field.help), field.key).toMatch(/\.$/);
          expect(field.kind === 'choice', field.key).toBe(field.choices !== undefined);
          if (field.choices && field.initial !== undefined)
            expect(field.choices.map((one) => one.value)).toContain(field.initial);
          if (field.kind === 'toggle') expect(['true', 'false']).toContain(field.initial);
          if (field.showWhen) expect(keys).toContain(field.showWhen.field);
        }
        for (const preset of provider.presets)
          for (const key of Object.keys(preset.values)) expect(keys, preset.id).toContain(key);
        for (const key of Object.keys(subject.values)) expect(keys).toContain(key);
      });

      test('every required field is enforced, and a blank value counts as missing', () => {
        const { provider, values } = subject;
        expect(v.is(provider.settings, values)).toBe(true);
        for (const { key, showWhen } of provider.fields.filter((field) => field.required)) {
          for (const blank of [undefined, '', ' \n']) {
            const { [key]: _, ...rest } = values;
            // Also a field that only appears with a certain choice.
            const reported = showWhen ? { [showWhen.field]: [showWhen.is].flat()[0] ?? '' } : {};
            const broken = { ...rest, ...reported, ...(blank === undefined ? {} : { [key]: blank }) };
            // The choice may show further required fields that these values lack too.
            expect(
              fieldProblems(provider, broken).map(({ field }) => field),
              key,
            ).toContain(key);
            expect(() => validateValues(provider, broken), key).toThrow(
              expect.objectContaining({ error: expect.objectContaining({ code: 'invalid-input' }) }),
            );
          }
        }
      });

      test('saved values work as well as typed values', () => {
        const { provider, values } = subject;
        const initial = Object.fromEntries(
          provider.fields.flatMap((field) => (field.initial === undefined ? [] : [[field.key, field.initial]])),
        );
        const saved = validateValues(provider, { ...initial, ...values });
        expect(validateValues(provider, saved)).toEqual(saved);
        expect(v.parse(provider.settings, saved)).toEqual(v.parse(provider.settings, { ...initial, ...values }));
        for (const key of Object.keys(saved)) expect(provider.fields.map((field) => field.key)).toContain(key);
      });

      // ---------------------------------------------------------------- check

      test('the check passes and leaves nothing behind', async () => {
        await destination.check(neverAborted);
        await expectNothingLeft();
      });

      test('testDestination writes a file, opens its link and cleans up', async () => {
        const report = await testDestination(subject.provider, subject.values, ports);
        expect(report).toEqual({
          ok: true,
          results: [
            { step: 'settings', outcome: 'ok' },
            { step: 'sign-in', outcome: 'ok' },
            { step: 'write', outcome: 'ok' },
            reach() === 'verified'
              ? { step: 'link', outcome: 'ok' }
              : { step: 'link', outcome: 'warning', note: reach() },
            canDelete()
              ? { step: 'clean-up', outcome: 'ok' }
              : { step: 'clean-up', outcome: 'warning', note: 'left-behind' },
          ],
        });
        await expectNothingLeft({ allowUndeletable: 1 });
      });

      test('settings that the service refuses fail with a specific code, in one request', async () => {
        expect(subject.rejectedSettings.length).toBeGreaterThan(0);
        for (const { what, values, code, field } of subject.rejectedSettings) {
          const broken = await connectDestination(subject.provider, values, ports, { destination: 'My place' });
          subject.proxy?.setRule();
          const error = await failureOf(broken.check(neverAborted));
          expect({ what, code: error.code, field: error.field }).toEqual({ what, code, field });
          expect(error.params?.destination).toBe('My place');
          if (subject.proxy) expect(subject.proxy.requests.length, what).toBeLessThanOrEqual(1);
          const report = await testDestination(subject.provider, values, ports);
          expect(report.ok).toBe(false);
          expect(report.results.find((one) => one.outcome === 'failed')?.error?.code, what).toBe(code);
          broken.close();
        }
        await expectNothingLeft();
      });

      // ---------------------------------------------------------------- round trips

      test('files of every size come back byte for byte', async () => {
        const { oneRequestBytes: one, partBytes: part } = subject;
        for (const size of [0, 1, 1000, one - 1, one, one + 1, 2 * part - 1, 2 * part, 2 * part + 1]) {
          const reported: number[] = [];
          const checkpoints: Checkpoint[] = [];
          const ref = await upload(patternSource(size), {
            onProgress: (sent) => reported.push(sent),
            onCheckpoint: async (c) => {
              checkpoints.push(c);
            },
          });
          expect(await destination.stat(ref, neverAborted), String(size)).toEqual({ size });
          await expectContent(ref, size);
          expect(reported).toEqual([...reported].sort((a, b) => a - b));
          expect(reported.at(-1) ?? 0, String(size)).toBe(size);
          expect(checkpoints.length).toBeGreaterThan(0);
          await discard({ ref });
          if (canDelete()) expect(await destination.stat(ref, neverAborted)).toBeUndefined();
        }
        await expectNothingLeft();
      });

      test('a link opens for an anonymous client and returns the file itself, not a page', async () => {
        for (const size of [0, 1, 5000]) {
          const ref = await upload(patternSource(size, { name: 'a b+ü#?%.bin' }));
          const link = await destination.link(ref, neverAborted);
          expect(subject.provider.capabilities.visibilities).toContain(link.visibility);
          expect(link.visibility).toBe(subject.provider.linkAccess(subject.values).visibility);
          expect(link.expiresAt === undefined).toBe(link.visibility !== 'expiring');
          expect(await destination.probe(link, size, neverAborted)).toBe(reach());
          expect(await destination.probe(link, size + 1, neverAborted)).toBe('unreachable');
          await discard({ ref });
        }
      });

      test('a link serves any range of the file', async () => {
        const ref = await upload(patternSource(5000));
        const { url } = await destination.link(ref, neverAborted);
        for (const [from, to] of [
          [0, 0],
          [1234, 4321],
          [4999, 4999],
        ] as const) {
          const { status, body } = await openLink(url, { ca: subject.values.ca, range: `bytes=${from}-${to}` });
          expect(status).toBe(206);
          expect((await buffer(body)).equals(patternBytes(5000).subarray(from, to + 1)), `${from} to ${to}`).toBe(true);
        }
        await discard({ ref });
      });

      fullTest('names that broke other programs travel as they are, small', async () => {
        const urls = new Set<string>();
        const refs: Ref[] = [];
        const names = sample(hostileNames, 12);
        for (const name of names) {
          const ref = await upload(patternSource(300, { name, contentType: 'text/plain' }));
          const { url } = await destination.link(ref, neverAborted);
          expect(new URL(url).href, name).toBe(url);
          expect(url).toMatch(/^[\x21-\x7e]+$/);
          await expectContent(ref, 300);
          urls.add(url);
          refs.push(ref);
        }
        expect(urls.size).toBe(names.length);
        for (const ref of refs) await discard({ ref });
      });

      fullTest('names that broke other programs travel as they are, in parts', async () => {
        const size = subject.oneRequestBytes + 1;
        for (const name of ['a b#?%46+&ü.html', '\u{1f468}\u200d\u{1f469}\u202egpj.exe', '..', `quote'"<>.xml`]) {
          const ref = await upload(patternSource(size, { name }));
          await expectContent(ref, size);
          await discard({ ref });
        }
      });

      test('an upload’s link kind overrides the one of the settings', async () => {
        const { supportedLinkKinds: linkKinds } = subject.provider.capabilities;
        for (const kind of linkKinds) {
          const linkOverride: LinkOverride = kind === 'expiring' ? { kind, seconds: 3 * 3600 } : { kind };
          const ref = await upload(patternSource(100), { linkOverride: linkOverride });
          const link = await destination.link(ref, neverAborted, linkOverride);
          expect(link.visibility).toBe(kind);
          const end = Date.now() + 3 * 3_600_000;
          if (kind === 'expiring') expect(Math.abs(link.expiresAt! - end)).toBeLessThan(120_000);
          else expect(link.expiresAt).toBeUndefined();
          await discard({ ref });
        }
      });

      test('two uploads of the same name create two files with two links', async () => {
        const first = await upload(patternSource(10, { name: 'image.png' }));
        const second = await upload(patternSource(20, { name: 'image.png' }));
        await expectContent(first, 10);
        await expectContent(second, 20);
        await discard({ ref: first });
        await expectContent(second, 20);
        await discard({ ref: second });
      });

      test('concurrent uploads do not mix their bytes', async () => {
        const sizes = Array.from({ length: 12 }, (_, i) => 1 + i * 70_000);
        const refs = await Promise.all(
          sizes.map((size) => upload(patternSource(size), { signal: new AbortController().signal })),
        );
        for (const [i, ref] of refs.entries()) await expectContent(ref, sizes[i]!);
        for (const ref of refs) await discard({ ref });
        await expectNothingLeft();
      });

      test('discarding twice, or discarding an unknown upload, is not an error', async () => {
        const checkpoints: Checkpoint[] = [];
        const ref = await upload(patternSource(subject.oneRequestBytes + 1), {
          onCheckpoint: async (c) => {
            checkpoints.push(c);
          },
        });
        for (const checkpoint of checkpoints) await discard({ checkpoint });
        await expectNothingLeft();
        await discard({ ref });
        await discard({ ref });
        await discard({ checkpoint: checkpoints.at(-1)! });
      });

      // ---------------------------------------------------------------- files that change

      test('a file that ends early never counts as stored and leaves nothing behind', async () => {
        const { oneRequestBytes: one, partBytes: part } = subject;
        for (const [size, endsAt] of [
          [1000, 999],
          [1000, 0],
          [one, one / 2],
          [one + part, one + 1],
          [2 * part + 5, 2 * part + 4],
        ] as const) {
          for (const source of [patternSource(size, { endsAt }), truncatedSource(size, endsAt)]) {
            const checkpoints: Checkpoint[] = [];
            const outcome = await settle(
              upload(source, {
                onCheckpoint: async (c) => {
                  checkpoints.push(c);
                },
              }),
              checkpoints,
              size,
            );
            expect(outcome, `${endsAt} of ${size}`).toBe('source-changed');
          }
        }
      });

      test('a file that changes during its upload is never stored', async () => {
        for (const size of [500, subject.oneRequestBytes + 1]) {
          const source = patternSource(size, {
            check: async () => {
              throw new AppFailure({ code: 'source-changed' });
            },
          });
          const checkpoints: Checkpoint[] = [];
          expect(
            (
              await failureOf(
                upload(source, {
                  onCheckpoint: async (c) => {
                    checkpoints.push(c);
                  },
                }),
              )
            ).code,
          ).toBe('source-changed');
          expect((await remaining()).objects).toBe(0);
          await discard({ checkpoint: checkpoints.at(-1)! });
          await expectNothingLeft();
        }
      });

      test('a file rewritten with its old size and time is never stored as a mix', async () => {
        const size = 4 * subject.partBytes + 7;
        const checkpoints: Checkpoint[] = [];
        const work = upload(rewrittenSource(size, 3 * subject.partBytes), {
          onCheckpoint: async (c) => {
            checkpoints.push(c);
          },
        });
        const ref = await work.catch(async () => {
          expect((await failureOf(work)).code).toBe('source-changed');
        }); // every outcome is checked below
        if (ref === undefined) await discard({ checkpoint: checkpoints.at(-1)! });
        else {
          // The complete new content was sent.
          const expected = patternBytes(size);
          expected[0]! ^= 1;
          expect(
            (await downloadUrl((await destination.link(ref, neverAborted)).url, subject.values.ca)).equals(expected),
          ).toBe(true);
          await discard({ ref });
        }
        await expectNothingLeft();
      });

      test('a file larger than the limit sends no request', async () => {
        subject.proxy?.setRule();
        const error = await failureOf(upload(patternSource(subject.provider.capabilities.maxBytes + 1024)));
        expect(error.code).toBe('too-large');
        expectNoRequest();
      });

      // ---------------------------------------------------------------- cancel

      test('an already aborted signal sends no request', async () => {
        const aborted = AbortSignal.abort();
        const ref = await upload(patternSource(10));
        subject.proxy?.setRule();
        const connectionsBefore = subject.proxy?.connections.made;
        for (const work of [
          () => upload(patternSource(10), { signal: aborted }),
          () => destination.check(aborted),
          () => destination.stat(ref, aborted),
          () => destination.link(ref, aborted),
          () => destination.discard({ ref }, aborted),
        ])
          expect((await failureOf(work())).code).toBe('canceled');
        expectNoRequest();
        expect(subject.proxy?.connections.made).toBe(connectionsBefore);
        await discard({ ref });
      });

      faultTest('a cancel at any request ends at once, silences the wire, and leaves nothing', async (proxy) => {
        const size = subject.oneRequestBytes + 1;
        for (const bytes of [100_000, size]) {
          const total = await requestsOf(bytes);
          for (const k of requestNumbers(total)) {
            for (const moment of ['as it arrives', 'before its answer'] as const) {
              const controller = new AbortController();
              const checkpoints: Checkpoint[] = [];
              proxy.setRule((seen) =>
                seen.number === k ? (moment === 'as it arrives' ? { kind: 'stall' } : undefined) : undefined,
              );
              const work = upload(patternSource(bytes), {
                signal: controller.signal,
                onCheckpoint: async (c) => {
                  checkpoints.push(c);
                },
              });
              const outcome = work.then(
                () => 'stored' as const,
                (cause: unknown) => cause as AppFailure,
              );
              await proxy.waitUntil(() => proxy.requests.length >= k);
              controller.abort();
              // Before anything else can happen, on the network or on a timer.
              const ended = await Promise.race([outcome, setImmediate('later' as const)]);
              if (ended === 'later') throw new Error(`request ${k}, ${moment}: the cancel waited for something`);
              const error = ended === 'stored' ? undefined : ended.error;
              if (error) expect(error.code).toBe('canceled');
              await settle(ended === 'stored' ? work : Promise.reject(ended), checkpoints, bytes);
            }
          }
        }
      });

      /** At each moment that the caller of the upload can observe. */
      const momentsOf = (
        bytes: number,
      ): { what: string; reached(observe: { checkpoints: number; sent: number }): boolean }[] => [
        { what: 'as soon as it is written down', reached: ({ checkpoints }) => checkpoints > 0 },
        { what: 'at the first byte', reached: ({ sent }) => sent > 0 },
        { what: 'in the middle', reached: ({ sent }) => sent >= bytes / 2 },
        { what: 'at the last byte', reached: ({ sent }) => sent === bytes },
      ];

      /** @returns the saved checkpoint at that moment, and how the upload ended */
      const canceledAt = async (
        bytes: number,
        { reached }: ReturnType<typeof momentsOf>[number],
      ): Promise<{ checkpoints: Checkpoint[]; work: Promise<Ref> }> => {
        const controller = new AbortController();
        const checkpoints: Checkpoint[] = [];
        let sent = 0;
        const observe = (): void => {
          if (reached({ checkpoints: checkpoints.length, sent })) controller.abort();
        };
        const work = upload(patternSource(bytes), {
          signal: controller.signal,
          onCheckpoint: async (c) => {
            checkpoints.push(c);
            observe();
          },
          onProgress: (bytesSent) => {
            sent = bytesSent;
            observe();
          },
        });
        await work.catch(() => undefined); // the caller checks it
        return { checkpoints, work };
      };

      test('a cancel at any moment leaves nothing behind', async () => {
        for (const bytes of [100_000, subject.oneRequestBytes + subject.partBytes]) {
          for (const moment of momentsOf(bytes)) {
            const { checkpoints, work } = await canceledAt(bytes, moment);
            expect(await settle(work, checkpoints, bytes), `${bytes} bytes, ${moment.what}`).toBe('canceled');
          }
        }
      });

      test('a new driver with only the checkpoint resumes a stopped upload, and one object results', async () => {
        const bytes = subject.oneRequestBytes + 2 * subject.partBytes + 7;
        for (const moment of momentsOf(bytes)) {
          const { checkpoints } = await canceledAt(bytes, moment);
          const secondDriver = await connectDestination(subject.provider, subject.values, ports);
          const restarts: string[] = [];
          const ref = await upload(
            patternSource(bytes),
            {
              checkpoint: JSON.parse(JSON.stringify(checkpoints.at(-1))) as Checkpoint,
              onRestart: (why) => restarts.push(why),
            },
            secondDriver,
          );
          secondDriver.close();
          expect(restarts, moment.what).toEqual([]);
          await expectContent(ref, bytes);
          expect(await remaining(), moment.what).toEqual({ objects: 1, uploads: 0 });
          await discard({ ref });
          await expectNothingLeft({ what: moment.what });
        }
      });

      const requestsOf = async (bytes: number): Promise<number> => {
        const proxy = proxyOf();
        proxy.setRule();
        const ref = await upload(patternSource(bytes));
        const total = proxy.requests.length;
        await discard({ ref });
        return total;
      };

      // ---------------------------------------------------------------- errors

      const everyRequest = (fault: Fault) => (): Fault => fault;
      const answers: [string, Fault, ErrorCode][] = [
        ['401', { kind: 'answer', status: 401 }, 'unauthorized'],
        ['403', { kind: 'answer', status: 403 }, 'forbidden'],
        ['413', { kind: 'answer', status: 413 }, 'too-large'],
        ['429', { kind: 'answer', status: 429, headers: { 'retry-after': '7' } }, 'rate-limited'],
        ['500', { kind: 'answer', status: 500 }, 'unavailable'],
        [
          '502 with a page',
          {
            kind: 'answer',
            status: 502,
            headers: { 'content-type': 'text/html' },
            body: '<html><body><h1>Bad gateway</h1><br></body></html>',
          },
          'unavailable',
        ],
        ['503', { kind: 'answer', status: 503 }, 'unavailable'],
        ['507', { kind: 'answer', status: 507 }, 'quota-exceeded'],
        ['cut off', { kind: 'reset' }, 'unreachable'],
      ];
      for (const [what, fault, code] of answers)
        faultTest(`${what} is understood, small and in parts`, async (proxy) => {
          for (const size of [10, subject.oneRequestBytes + 1]) {
            proxy.setRule(everyRequest(fault));
            const checkpoints: Checkpoint[] = [];
            const error = await failureOf(
              upload(patternSource(size), {
                onCheckpoint: async (c) => {
                  checkpoints.push(c);
                },
              }),
            );
            expect(error.code, what).toBe(code);
            if (what === '429') expect(error.retryAfterMs).toBe(7000);
            expect(errorTable[error.code].retry === 'never' ? proxy.requests.length : 1, 'hopeless: one request').toBe(
              1,
            );
            proxy.setRule();
            await discard({ checkpoint: checkpoints.at(-1)! });
          }
          await expectNothingLeft();
        });

      faultTest('Retry-After as a date is understood, and not overstepped', async (proxy) => {
        const at = new Date(Date.now() + 90_000).toUTCString();
        proxy.setRule(everyRequest({ kind: 'answer', status: 503, headers: { 'retry-after': at } }));
        const error = await failureOf(destination.check(neverAborted));
        expect(error.retryAfterMs).toBeGreaterThan(80_000);
        expect(error.retryAfterMs).toBeLessThanOrEqual(90_000);
        proxy.setRule(everyRequest({ kind: 'answer', status: 429, headers: { 'retry-after': '20' } }));
        expect((await failureOf(upload(patternSource(10)))).retryAfterMs).toBe(20_000);
        expect(proxy.requests.length).toBe(1);
      });

      faultTest('a page where the service should be is no success', async (proxy) => {
        const page: Fault = {
          kind: 'answer',
          status: 200,
          headers: { 'content-type': 'text/html' },
          body: '<!doctype html><html><body>Please sign in<br></body></html>',
        };
        for (const size of [10, subject.oneRequestBytes + 1]) {
          const total = await requestsOf(size);
          for (const k of requestNumbers(total)) {
            const checkpoints: Checkpoint[] = [];
            proxy.setRule((seen) => (seen.number >= k ? page : undefined));
            const error = await failureOf(
              upload(patternSource(size), {
                onCheckpoint: async (c) => {
                  checkpoints.push(c);
                },
              }),
            );
            expect(errorTable[error.code].fallback, `request ${k} of ${total}: ${error.code}`).toBe(true);
            proxy.setRule();
            await discard({ checkpoint: checkpoints.at(-1)! });
          }
        }
        await expectNothingLeft();
      });

      faultTest('nobody there is understood', async (proxy) => {
        const aborted = await FaultProxy.start('http://127.0.0.1:9');
        const reached = new URL(subject.url ?? proxy.url);
        const proxyOrigin = reached.origin;
        reached.port = new URL(aborted.url).port;
        const replaced = JSON.parse(
          JSON.stringify(subject.values).replaceAll(proxyOrigin, reached.origin),
        ) as FieldValues;
        if (!subject.atUrl) expect(replaced).not.toEqual(subject.values);
        const { provider, values } = subject.atUrl?.(aborted.url) ?? { provider: subject.provider, values: replaced };
        await aborted.stop();
        const unreachable = await connectDestination(provider, values, ports);
        expect((await failureOf(unreachable.check(neverAborted))).code).toBe('unreachable');
        unreachable.close();
      });

      // ---------------------------------------------------------------- fault sweep

      const faults: [string, Fault][] = [
        ['500', { kind: 'answer', status: 500 }],
        ['reset', { kind: 'reset' }],
        ['lost answer', { kind: 'lost-answer' }],
        ['one bit flipped', { kind: 'flip-bit' }],
      ];
      for (const [what, fault] of faults) {
        for (const kind of ['small', 'in parts'])
          faultTest(
            `${what}, once, at every request, ${kind}: stored unchanged or failed; nothing stays behind`,
            async (proxy) => {
              const size = kind === 'small' ? 1234 : subject.oneRequestBytes + 1;
              const total = await requestsOf(size);
              const outcomes: string[] = [];
              for (const k of requestNumbers(total)) {
                const checkpoints: Checkpoint[] = [];
                proxy.setRule((seen) => (seen.number === k ? fault : undefined));
                outcomes.push(
                  await settle(
                    upload(patternSource(size), {
                      onCheckpoint: async (c) => {
                        checkpoints.push(c);
                      },
                    }),
                    checkpoints,
                    size,
                  ),
                );
              }
              expect(outcomes, what).not.toContain('bug');
              // The request layer is responsible for a single network fault.
              if (fault.kind !== 'flip-bit') expect(outcomes).toEqual(outcomes.map(() => 'stored'));
            },
          );

        faultTest(`${what}, for good, from every request on: it fails, and nothing stays behind`, async (proxy) => {
          const size = subject.oneRequestBytes + 1;
          const total = await requestsOf(size);
          for (const k of requestNumbers(total)) {
            const checkpoints: Checkpoint[] = [];
            proxy.setRule((seen) =>
              seen.number >= k && (fault.kind !== 'flip-bit' || seen.hasFileBody) ? fault : undefined,
            );
            const outcome = await settle(
              upload(patternSource(size), {
                onCheckpoint: async (c) => {
                  checkpoints.push(c);
                },
              }),
              checkpoints,
              size,
            );
            expect(outcome, `${what} from ${k} of ${total}`).not.toBe('bug');
            if (fault.kind !== 'flip-bit') expect(outcome).not.toBe('stored');
          }
        });
      }

      faultTest('an earlier attempt is cleaned up when the upload starts again', async (proxy) => {
        const size = subject.oneRequestBytes + 1;
        const checkpoints: Checkpoint[] = [];
        proxy.setRule((seen) => (seen.hasFileBody ? { kind: 'answer', status: 403 } : undefined));
        expect(
          (
            await failureOf(
              upload(patternSource(size), {
                onCheckpoint: async (c) => {
                  checkpoints.push(c);
                },
              }),
            )
          ).code,
        ).toBe('forbidden');
        proxy.setRule();
        const ref = await upload(patternSource(size), { checkpoint: checkpoints.at(-1)! });
        await expectContent(ref, size);
        expect(await remaining()).toEqual({ objects: 1, uploads: 0 });
        await discard({ ref });
      });

      test('a checkpoint that cannot be saved stops the upload before any byte is sent', async () => {
        subject.proxy?.setRule();
        const full = new AppFailure({ code: 'disk-full' });
        const error = await failureOf(
          upload(patternSource(100), {
            onCheckpoint: async () => {
              throw full;
            },
          }),
        );
        expect(error.code).toBe('disk-full');
        expectNoRequest();
      });

      test('an unexpected error is reported as a bug, not hidden', async () => {
        const source = patternSource(10, {
          onRead: () => {
            throw new TypeError('what?');
          },
        });
        const work = upload(source);
        expect((await failureOf(work)).code).toBe('bug');
        await expect(work).rejects.toMatchObject({ cause: expect.objectContaining({ message: 'what?' }) });
      });

      // ---------------------------------------------------------------- resume after a crash

      /** Sends until the k-th request, then stops like a killed process: cuts the network and saves nothing more. */
      const crashAt = async (
        k: number,
        reaches: 'lost' | 'never',
        source: FileSource,
      ): Promise<Checkpoint | undefined> => {
        const proxy = proxyOf();
        const process = await connectDestination(subject.provider, subject.values, ports);
        const aborted = new AbortController();
        let durable: Checkpoint | undefined;
        proxy.setRule((seen) =>
          seen.number < k
            ? undefined
            : seen.number === k && reaches === 'lost'
              ? { kind: 'lost-answer' }
              : { kind: 'stall' },
        );
        const work = upload(
          source,
          {
            signal: aborted.signal,
            onCheckpoint: async (c) => {
              if (!aborted.signal.aborted) durable = c;
            },
          },
          process,
        );
        const ended = work.then(
          () => undefined,
          () => undefined,
        );
        await proxy.waitUntil(
          () => proxy.requests.length >= k && (reaches === 'never' || proxy.requests[k - 1]?.wasServed === true),
        );
        aborted.abort();
        await ended;
        process.close();
        return durable;
      };
      const bytesSent = (): number =>
        proxyOf().requests.reduce((sum, seen) => sum + (seen.hasFileBody ? seen.bytesReceived : 0), 0);

      for (const kind of ['small', 'in parts'])
        crashTest(`${kind}: killed at any request, it goes on where it was, and there is one object`, async (proxy) => {
          const { oneRequestBytes: one, partBytes: part, partsAtOnce } = subject;
          const size = kind === 'small' ? 1234 : one + 4 * part + 7;
          const total = await requestsOf(size);
          for (const reaches of ['never', 'lost'] as const) {
            for (const k of requestNumbers(total)) {
              const what = `request ${k} of ${total}, ${reaches}`;
              const checkpoint = await crashAt(k, reaches, patternSource(size));
              expect(checkpoint, what).toBeDefined();
              const before = bytesSent();
              proxy.setRule();
              const secondDriver = await connectDestination(subject.provider, subject.values, ports);
              const reported: number[] = [];
              const ref = await upload(
                patternSource(size),
                {
                  checkpoint: JSON.parse(JSON.stringify(checkpoint)) as Checkpoint,
                  onProgress: (sent) => reported.push(sent),
                },
                secondDriver,
              );
              secondDriver.close();
              expect(before + bytesSent() - size, `${what}: bytes sent twice`).toBeLessThanOrEqual(
                Math.min(size, partsAtOnce * part),
              );
              expect(reported.at(-1), what).toBe(size);
              await expectContent(ref, size);
              expect(await remaining(), what).toEqual({ objects: 1, uploads: 0 });
              await discard({ ref });
              await expectNothingLeft({ what: what });
            }
          }
        });

      crashTest(
        'a file replaced after a crash is sent in full, whatever the store has of the old one',
        async (proxy) => {
          const { oneRequestBytes: one, partBytes: part } = subject;
          const size = one + 3 * part;
          const now = (bytes: number, from: number): FileSource => {
            const plain = patternSource(bytes);
            // Inverts every byte from there on.
            return {
              ...plain,
              read: async (into, position) => {
                const count = await plain.read(into, position);
                for (let i = Math.max(0, from - position); i < count; i++) into[i] = (into[i] ?? 0) ^ 0xff;
                return count;
              },
            };
          };
          for (const [what, source] of [
            ['longer', patternSource(size + 1)],
            ['shorter', patternSource(size - 1)],
            ['other bytes', now(size, 0)],
            ['other bytes at the end', now(size, size - 1)],
          ] as const) {
            const k = await requestsOf(size);
            for (const at of sample([k - 1, k], 1)) {
              const checkpoint = await crashAt(at, 'lost', patternSource(size));
              proxy.setRule();
              const ref = await upload(source, { checkpoint: checkpoint! });
              const { url } = await destination.link(ref, neverAborted);
              const stored = await downloadUrl(url, subject.values.ca);
              const expected = Buffer.alloc(source.size);
              for (let done = 0; done < expected.length;) done += await source.read(expected.subarray(done), done);
              expect(stored.equals(expected), what).toBe(true);
              // An upload that was completed before the crash stored the old file, which has to be deleted, except
              // where the service cannot delete.
              const { objects, uploads } = await remaining();
              expect(canDelete() ? [1] : [1, 2], what).toContain(objects);
              expect(uploads, what).toBe(0);
              await discard({ ref });
              await expectNothingLeft({ allowUndeletable: 1, what });
            }
          }
        },
      );

      // ---------------------------------------------------------------- streams

      test('a stream of any length comes back byte for byte', async () => {
        for (const size of [0, 1, subject.partBytes, 3 * subject.partBytes]) {
          const ref = await upload(patternStream(size));
          expect(await destination.stat(ref, neverAborted), String(size)).toEqual({ size });
          await expectContent(ref, size);
          expect(await remaining(), String(size)).toEqual({ objects: 1, uploads: 0 });
          await discard({ ref });
        }
      });

      test('a stream that fails or is canceled leaves nothing behind', async () => {
        const { partBytes: part } = subject;
        for (const breaksAt of [0, 1, part, 2 * part + 5]) {
          const checkpoints: Checkpoint[] = [];
          expect(
            (
              await failureOf(
                upload(patternStream(3 * part, { breaksAt }), {
                  onCheckpoint: async (c) => {
                    checkpoints.push(c);
                  },
                }),
              )
            ).code,
          ).toBe('source-unreadable');
          if (checkpoints.length > 0) await discard({ checkpoint: checkpoints.at(-1)! });
          await expectNothingLeft({ what: String(breaksAt) });
        }
        for (const after of [1, part, 2 * part]) {
          const controller = new AbortController();
          const checkpoints: Checkpoint[] = [];
          const onProgress = (sent: number): void => {
            if (sent >= after) controller.abort();
          };
          const work = failureOf(
            upload(patternStream(3 * part), {
              signal: controller.signal,
              onProgress,
              onCheckpoint: async (c) => {
                checkpoints.push(c);
              },
            }),
          );
          expect((await work).code).toBe('canceled');
          await discard({ checkpoint: checkpoints.at(-1)! });
          await expectNothingLeft({ what: `after ${after}` });
        }
      });

      faultTest('a stream that is canceled at any request leaves nothing', async (proxy) => {
        for (const k of [1, 2, 3]) {
          const controller = new AbortController();
          const checkpoints: Checkpoint[] = [];
          proxy.setRule();
          const work = failureOf(
            upload(patternStream(3 * subject.partBytes), {
              signal: controller.signal,
              onCheckpoint: async (c) => {
                checkpoints.push(c);
              },
            }),
          );
          await proxy.waitUntil(() => proxy.requests.length >= k);
          controller.abort();
          expect((await work).code).toBe('canceled');
          await discard({ checkpoint: checkpoints.at(-1)! });
          await expectNothingLeft({ what: `request ${k}` });
        }
      });

      // ---------------------------------------------------------------- secrets

      test('no error that these tests saw contains a secret or a path', async () => {
        const leaky = patternSource(10, {
          onRead: () => {
            throw Object.assign(new Error(`EIO: i/o error, read '${secretPath}/x.txt'`), { code: 'EIO' });
          },
        });
        await failureOf(upload(leaky));
        const secrets = subject.provider.fields
          .filter(holdsSecret)
          .map((field) => subject.values[field.key])
          .filter((value) => value !== undefined);
        expect(secrets.length).toBeGreaterThan(0);
        expect(failures.length).toBeGreaterThan(20);
        for (const failure of failures) {
          const reported = `${failure.message}\n${failure.stack}\n${JSON.stringify(failure.error)}`;
          expect(reported).not.toContain(secretPath);
          const everything = `${reported}\n${inspect(failure, { depth: 12, showHidden: true, getters: true })}`;
          for (const secret of secrets) expect(everything).not.toContain(secret);
        }
        expect(consoleOutput).toEqual([]);
      });
    },
  );
}
