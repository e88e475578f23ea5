/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/engine/reduce.ts',
    find: "if ('attempt' in event) return event.attempt === lastAttempt(upload) ? reduceAttempt(upload, event) : upload;",
    replace: "if ('attempt' in event) return reduceAttempt(upload, event);",
    breaks: 'an answer of an attempt that is over moves the upload',
    caughtBy: { unit: 'an event of an old attempt is ignored' },
  },
  {
    file: 'src-main/engine/concurrency-limiter.ts',
    find: `const cancel = (): void => {
        stopWaiting();
        this.#pool.dequeue(waiter);
        reject(failure('canceled'));
      };`,
    replace: "const cancel = (): void => { stopWaiting(); reject(failure('canceled')); };",
    breaks: 'what is canceled while it waits for its turn takes it all the same, and never gives it back',
    caughtBy: { unit: 'who is canceled while it waits is gone at once' },
  },
  {
    file: 'src-main/engine/ledger.ts',
    find: 'return true;',
    replace: `this.#cleanups.track(cleanups);
return true;`,
    breaks:
      'what a full disk did not let be canceled is removed at the store all the same, under the hands of who goes on with it',
    caughtBy: { unit: 'nothing is removed under its hands' },
  },
  {
    file: 'src-main/engine/engine.ts',
    find: 'if (isRefusal(error.code)) this.#onRefused(profileId, error, after);',
    replace: "if (isRefusal(error.code) && after?.status !== 'failed') this.#onRefused(profileId, error, after);",
    breaks: 'ten thousand files ask a store that has refused the key',
    caughtBy: { unit: 'is asked once, and the others wait until it is mended' },
  },
  {
    file: 'src-main/engine/decide.ts',
    find: "if (visibilities.indexOf(to.visibility) > visibilities.indexOf(first.visibility)) return 'more-people';",
    replace:
      "if (visibilities.indexOf(to.visibility) > visibilities.indexOf(first.visibility) + 1) return 'more-people';",
    breaks: 'a fallback goes where more people can open the link',
    caughtBy: { unit: 'never goes where more people could open the link' },
  },
  {
    file: 'src-main/engine/schedule.ts',
    find: 'this.#freeUploads = Math.max(0, input.limit - input.running.size);',
    replace: 'this.#freeUploads = Infinity;',
    breaks: 'everything uploads at once',
    caughtBy: { unit: 'start in drop order, no more than the limit at once' },
  },
  {
    file: 'src-main/engine/decide.ts',
    find: "return to.cannotDelete ? 'cannot-delete' : undefined;",
    replace: "return to.cannotDelete && first.cannotDelete ? 'cannot-delete' : undefined;",
    breaks: 'a fallback goes unasked where nothing can be deleted',
    caughtBy: { unit: 'to private that cannot delete' },
  },
  {
    file: 'src-main/engine/engine.ts',
    find: "if (upload.status === 'uploading') this.#ledger.apply(id, { type: 'stopped', at: clock.now() });",
    replace: '',
    breaks: 'what a killed process was sending is shown as running for ever',
    caughtBy: { unit: 'goes on by itself with what was running when the last one was killed' },
  },
  {
    file: 'src-main/engine/reduce.ts',
    find: "case 'checkpoint': return upload.status === 'verifying' || upload.status === 'waiting' ? upload : { ...upload, checkpoint: event.checkpoint };",
    replace:
      "case 'checkpoint': return upload.status !== 'uploading' ? upload : { ...upload, checkpoint: event.checkpoint };",
    breaks: 'what a paused attempt had opened at the store is forgotten',
    caughtBy: { unit: 'a checkpoint that arrives after the pause is kept too' },
  },
  {
    file: 'src-main/engine/engine.ts',
    find: `for (const upload of records.orphans())
      if (currentProfileId(upload) === profileId && !this.#ledger.has(upload.id) && this.#tryClaim(upload.id))
        this.#adopt(upload.id);`,
    replace:
      "for (const upload of records.orphans()) if (upload.status !== 'paused' && currentProfileId(upload) === profileId && !this.#ledger.has(upload.id) && this.#tryClaim(upload.id)) this.#adopt(upload.id);",
    breaks: 'a destination that is removed leaves its paused uploads behind, and at the store what they had sent',
    caughtBy: { unit: 'counts among the leftovers and is canceled with its destination' },
  },
  {
    file: 'src-main/engine/ledger.ts',
    find: "if (!(cause instanceof AppFailure) || why === 'checkpoint' || why === 'done') throw cause;",
    replace: "if (!(cause instanceof AppFailure) || why === 'checkpoint') throw cause;",
    breaks: 'a link is copied although the disk did not take it',
    caughtBy: { unit: 'no link is told before it is kept' },
  },
  {
    file: 'src-main/engine/attempt-runner.ts',
    find: "if (signal.aborted || decision?.do !== 'wait') throw cause;",
    replace: "if (signal.aborted || decision?.do !== 'wait' || decision.until === 'online') throw cause;",
    breaks: 'a file is sent again because its link could not be made',
    caughtBy: { unit: 'a link is made when it is back; the file is not sent again' },
  },
  {
    file: 'src-main/engine/adaptive-concurrency.ts',
    find: `if (this.#total < initial) this.#total = Math.min(initial, this.#total + Math.floor(ms / windowMs));
    else if (this.#window.bytes > 0) this.#adjustByGoodput(this.#window.bytes / ms);`,
    replace: 'if (this.#total >= initial && this.#window.bytes > 0) this.#adjustByGoodput(this.#window.bytes / ms);',
    breaks: 'a store that once asked for fewer requests is slow until the app is started again',
    caughtBy: { unit: 'half as many after a destination asked for fewer' },
  },
  {
    file: 'src-main/engine/decide.ts',
    find: "if (retry === 'online') return { do: 'wait', until: 'online', failures };",
    replace: "if (retry === 'online') return { do: 'wait', until: 'online', failures: failures + 1 };",
    breaks: 'waiting for the network uses up the attempts',
    caughtBy: { unit: 'no network waits for it and uses no attempt' },
  },
  {
    file: 'src-main/engine/ledger.ts',
    find: `const isSaved = this.#ports.records.save(upload, upload.status === 'done' ? 'full' : 'normal', cleanups);
      this.#unsaved.delete(upload.id);
      if (isSaved) this.#cleanups.track(cleanups);`,
    replace: `const isSaved = this.#ports.records.save(upload, upload.status === 'done' ? 'full' : 'normal');
this.#unsaved.delete(upload.id);
if (isSaved) for (const debt of cleanups) this.#cleanups.add(debt);`,
    breaks: 'a process that dies between two writes forgets what it left at the store',
    caughtBy: { unit: 'whatever fails, dies, changes or is pressed' },
  },
  {
    file: 'src-main/engine/reduce.ts',
    find: `return {
    ...commonFields(upload),
    status: 'paused',
    failures: upload.failures,
    attempts: endLastAttempt(upload.attempts, at),
    ...resumeFields(upload),
  };`,
    replace:
      "return { ...commonFields(upload), status: 'paused', failures: upload.failures, attempts: endLastAttempt(upload.attempts, at) };",
    breaks: 'pausing forgets what the store has',
    caughtBy: { unit: 'stops at once and keeps what the store has' },
  },
  {
    file: 'src-main/engine/engine.ts',
    find: 'await this.#waitAtMost(Promise.all(runs).then(() => this.#cleanups.whenSettled()));',
    replace: `await Promise.all(runs);
await this.#waitAtMost(this.#cleanups.whenSettled());`,
    breaks: 'quitting waits for a store that hangs',
    caughtBy: { unit: 'quitting takes less than 3 s' },
  },
  {
    file: 'src-main/engine/engine.ts',
    find: 'const wanted = (upload: Upload): boolean => only(upload) || earlier?.(upload) === true;',
    replace: 'const wanted = (upload: Upload): boolean => only(upload) || (earlier === undefined && only(upload));',
    breaks: 'what a full disk kept from being taken over is forgotten at the next look',
    caughtBy: { unit: 'what two kinds of taking over wanted on a full disk' },
  },
  {
    file: 'src-main/engine/reduce.ts',
    find: "export const isProgress = (upload: Upload): boolean => upload.restarted === undefined && !upload.attempts.some(({ error }) => error?.code === 'corrupted');",
    replace: 'export const isProgress = (upload: Upload): boolean => upload.restarted === undefined;',
    breaks: 'a store that spoils every file gets it again and again',
    caughtBy: { unit: 'a stored object of another size is thrown away' },
  },
  {
    file: 'src-main/engine/batches.ts',
    find: 'this.#onSettled([...batch.ended.values()].sort((a, b) => a.position - b.position));',
    replace: 'this.#onSettled([...batch.ended.values()]);',
    breaks: 'links are copied in the order in which uploads finish',
    caughtBy: { unit: 'settle once in drop order' },
  },
  {
    file: 'src-main/engine/engine.ts',
    find: 'const hasSlept = now - this.#nextTickAt > sleepThresholdMs;',
    replace: 'const hasSlept = false;',
    breaks: 'what comes first after a sleep hides that there was one',
    caughtBy: { unit: 'eight hours of sleep' },
  },
  {
    file: 'src-main/engine/engine.ts',
    find: `if (hasSlept) {
      this.wake();
      return;
    }`,
    replace: 'if (hasSlept) this.#probeAt = now;',
    breaks: 'after a sleep it waits for sockets that never answer',
    caughtBy: { unit: 'after 8 hours of sleep, with sockets that never answer' },
  },
  {
    file: 'src-main/engine/schedule.ts',
    find: "if (upload.status !== 'verifying') queue.slotsInUse += initialSlots(upload);",
    replace: 'queue.slotsInUse += initialSlots(upload);',
    breaks: "the next file waits until the last one's link was seen to work",
    caughtBy: { unit: 'while one is seen to work the next is sent' },
  },
  {
    file: 'src-main/engine/ledger.ts',
    find: 'if (!this.#ports.records.owns(upload.id)) return false;',
    replace: '',
    breaks: 'a process that slept goes on with what another one has, as long as the disk is too full to write so',
    caughtBy: { unit: 'is left alone also when this one wakes on a full disk' },
  },
  {
    file: 'src-main/engine/engine.ts',
    find: 'const abandonedAfterMs = 7 * dayMs;',
    replace: 'const abandonedAfterMs = dayMs;',
    breaks: 'what is paused overnight begins from zero',
    caughtBy: { unit: 'goes after a week without progress, and not before' },
  },
  {
    file: 'src-main/engine/verify.ts',
    find: "if (stored === 'missing' || (stored !== 'unknown' && stored.size !== size)) throw failure('corrupted');",
    replace: "if (stored === 'missing') throw failure('corrupted');",
    breaks: 'an object of another size counts as done',
    caughtBy: { unit: 'a stored object of another size is thrown away' },
  },
  {
    file: 'src-main/engine/engine.ts',
    find: "lost: (upload) => { this.#abort(upload.id, 'lost'); this.#batches.end(upload); },",
    replace: "lost: (upload) => { this.#abort(upload.id, 'canceled'); this.#batches.end(upload); },",
    breaks: 'a process that slept removes what another one has stored meanwhile',
    caughtBy: { unit: 'whatever fails, dies, changes or is pressed' },
  },
  {
    file: 'src-main/engine/engine.ts',
    find: `this.#abort(id, 'paused');
this.#pump();`,
    replace: `this.#abort(id, 'paused');
this.#runs.delete(id);
this.#pump();`,
    breaks: 'resume starts a second sending while the paused one still ends',
    caughtBy: { unit: 'whatever fails, dies, changes or is pressed' },
  },
  {
    file: 'src-main/engine/key-options.ts',
    find: `export const keyOptionsOf = ({ createdAt, source, folder, keyTemplate, collision }: Upload): KeyOptions => ({
  createdAt: createdAt,`,
    replace: `export const keyOptionsOf = ({ createdAt, attempts, source, folder, keyTemplate, collision }: Upload): KeyOptions => ({
  createdAt: attempts.createdAt(-1)?.started ?? createdAt,`,
    breaks: "an upload that goes on after midnight gets the next day's place",
    caughtBy: { unit: 'the same at each attempt and after a restart' },
  },
  {
    file: 'src-main/engine/reduce.ts',
    find: "const chainReset = resolution === 'replace' ? { chain: upload.chain.slice(upload.step, upload.step + 1), step: 0 } : {};",
    replace: 'const chainReset = { chain: upload.chain, step: upload.step };',
    breaks: 'what the user wanted replaced at one destination is replaced at the next one too',
    caughtBy: { unit: 'settled with the destination that said so' },
  },
  {
    file: 'src-main/engine/cleanup-queue.ts',
    find: `this.#runOne(cleanup)
          .catch((cause: unknown) => this.#logBug(cleanup, cause))
          .finally(() => this.#running.delete(cleanup.id)),`,
    replace: 'this.#runOne(cleanup).finally(() => this.#running.delete(cleanup.id)),',
    breaks: 'a fault of a driver that cleans up makes quitting fail',
    caughtBy: { unit: 'a driver that throws something unknown while it cleans up' },
  },
];
