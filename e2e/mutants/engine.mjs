/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-shared/errors.ts',
    find: "code === 'disk-full' && params?.['problem'] !== 'broken'",
    replace: "code === 'disk-full'",
    breaks: 'a write to a disk that reports errors is retried forever, without a log entry',
    caughtBy: { unit: 'on a disk that reports errors fails the upload with one log entry and few tries' },
  },
  {
    file: 'src-main/engine/cleanup-queue.ts',
    find: "if (!(cause instanceof AppFailure) || cause.error.code === 'bug') throw cause;",
    replace: 'if (!(cause instanceof AppFailure)) throw cause;',
    breaks: 'a bug of a driver during a cleanup is not logged',
    caughtBy: { unit: 'a bug of a driver while it deletes data is logged once, and the next start deletes the data' },
  },
  {
    file: 'src-main/engine/pump.ts',
    find: 'if (this.#isPlanned) return;',
    replace: '',
    breaks: 'pausing a folder of 100,000 files freezes the window for an hour',
    caughtBy: { unit: 'in one go check only once which uploads start' },
  },
  {
    file: 'src-main/engine/pump.ts',
    find: 'if (this.#holds === 0) this.#runNow();',
    replace: 'this.#runNow();',
    breaks: 'canceling a large folder starts more of its uploads',
    caughtBy: { unit: 'in slices start no other upload before all have changed' },
  },
  {
    file: 'src-main/engine/decide.ts',
    find: 'refusals.has(error.code) && !hasSpaceLeft(error);',
    replace: 'refusals.has(error.code);',
    breaks: 'one large file that does not fit holds back smaller files',
    caughtBy: { unit: 'a file that is larger than the space left fails alone' },
  },
  {
    file: 'src-main/engine/stored-files.ts',
    find: "if (upload.revokedAt !== undefined) throw failure('forbidden', { params: { why: 'revoked' } });",
    replace: '',
    breaks: 'a link that the user revoked is copied or renewed',
    caughtBy: { unit: 'a revoked link is never copied or renewed' },
  },
  {
    file: 'src-main/engine/reduce.ts',
    find: "if ('attempt' in event) return event.attempt === lastAttempt(upload) ? reduceAttempt(upload, event) : upload;",
    replace: "if ('attempt' in event) return reduceAttempt(upload, event);",
    breaks: 'an event of an earlier attempt changes the upload',
    caughtBy: { unit: 'ignores an event of an old attempt' },
  },
  {
    file: 'src-main/engine/concurrency-limiter.ts',
    find: `const cancel = (): void => {
        stopWaiting();
        this.#pool.dequeue(waiter);
        reject(failure('canceled'));
      };`,
    replace: "const cancel = (): void => { stopWaiting(); reject(failure('canceled')); };",
    breaks: 'a request that is canceled while it waits still takes a slot and never releases it',
    caughtBy: { unit: 'a canceled waiting request is rejected at once' },
  },
  {
    file: 'src-main/engine/ledger.ts',
    find: "return 'deferred';",
    replace: `queue.track(cleanups);
return 'deferred';`,
    breaks:
      'remote data is removed although a full disk prevented the cancel, while another process resumes the upload',
    caughtBy: { unit: 'and no remote data is removed' },
  },
  {
    file: 'src-main/engine/attempts.ts',
    find: 'if (isRefusal(error)) this.#onRefused(profileId, error, after);',
    replace: "if (isRefusal(error.code) && after?.status !== 'failed') this.#onRefused(profileId, error, after);",
    breaks: 'every queued file sends a request to a store that has refused the key',
    caughtBy: { unit: 'gets one request, and its other uploads wait until the profile is fixed' },
  },
  {
    file: 'src-main/engine/decide.ts',
    find: 'const isWider = visibilities.indexOf(to.visibility) > visibilities.indexOf(first.visibility);',
    replace: 'const isWider = visibilities.indexOf(to.visibility) > visibilities.indexOf(first.visibility) + 1;',
    breaks: 'an upload falls back to a destination where more people can open the link',
    caughtBy: { unit: 'never widens the visibility' },
  },
  {
    file: 'src-main/engine/schedule.ts',
    find: 'this.#freeUploads = Math.max(0, input.limit - input.running.size);',
    replace: 'this.#freeUploads = Infinity;',
    breaks: 'the limit of parallel uploads has no effect',
    caughtBy: { unit: 'start in drop order within the limit' },
  },
  {
    file: 'src-main/engine/decide.ts',
    find: "return to.cannotDelete && !isAllowed('cannot-delete') ? 'cannot-delete' : undefined;",
    replace: "return to.cannotDelete && first.cannotDelete ? 'cannot-delete' : undefined;",
    breaks: 'an upload falls back, without consent, to a destination that cannot delete',
    caughtBy: { unit: 'to private that cannot delete' },
  },
  {
    file: 'src-main/engine/ownership.ts',
    find: "if (upload.status === 'uploading') ledger.apply(id, { type: 'stopped', at: clock.now() });",
    replace: '',
    breaks: 'an upload of a killed process is shown as running forever',
    caughtBy: { unit: 'resumes the uploads of a killed process' },
  },
  {
    file: 'src-main/engine/reduce.ts',
    find: "case 'checkpoint': return upload.status === 'verifying' || upload.status === 'waiting' ? upload : { ...upload, checkpoint: event.checkpoint };",
    replace:
      "case 'checkpoint': return upload.status !== 'uploading' ? upload : { ...upload, checkpoint: event.checkpoint };",
    breaks: 'the checkpoint of a paused attempt is lost',
    caughtBy: { unit: 'keeps a checkpoint that arrives after the pause' },
  },
  {
    file: 'src-main/engine/engine.ts',
    find: 'this.#parts.ownership.adoptMatching(belongsToDestination);',
    replace:
      "this.#parts.ownership.adoptMatching((upload) => upload.status !== 'paused' && belongsToDestination(upload));",
    breaks: 'removing a destination keeps its paused uploads and their remote data',
    caughtBy: { unit: 'counts among the leftovers and is canceled with its destination' },
  },
  {
    file: 'src-main/engine/ledger.ts',
    find: "const mustBeDurable = why === 'checkpoint' || why === 'done';",
    replace: "const mustBeDurable = why === 'checkpoint';",
    breaks: 'a link is shown although it could not be saved',
    caughtBy: { unit: 'no link is shown before it is saved' },
  },
  {
    file: 'src-main/engine/attempt-runner.ts',
    find: "if (signal.aborted || decision?.do !== 'wait') throw cause;",
    replace: "if (signal.aborted || decision?.do !== 'wait' || decision.until === 'online') throw cause;",
    breaks: 'a file is sent again because making its link failed',
    caughtBy: { unit: 'the link is made when the network is back' },
  },
  {
    file: 'src-main/engine/adaptive-concurrency.ts',
    find: `if (this.#total < initial) this.#total = Math.min(initial, this.#total + Math.floor(ms / windowMs));
    else if (this.#window.bytes > 0) this.#adjustByGoodput(this.#window.bytes / ms);`,
    replace: 'if (this.#total >= initial && this.#window.bytes > 0) this.#adjustByGoodput(this.#window.bytes / ms);',
    breaks: 'uploads to a store that once asked for fewer requests stay slow until the app restarts',
    caughtBy: { unit: 'is halved when a destination asks for fewer requests' },
  },
  {
    file: 'src-main/engine/decide.ts',
    find: "if (retry === 'online') return { do: 'wait', until: 'online', failures };",
    replace: "if (retry === 'online') return { do: 'wait', until: 'online', failures: failures + 1 };",
    breaks: 'waiting for the network counts as failed attempts',
    caughtBy: { unit: 'an offline error waits for the network' },
  },
  {
    file: 'src-main/engine/ledger.ts',
    find: `const isSaved = ports.records.save(upload, upload.status === 'done' ? 'full' : 'normal', cleanups);
      this.#unsaved.delete(upload.id);
      if (!isSaved) return 'lost';
      problems.clear(upload.id);
      queue.track(cleanups);`,
    replace: `const isSaved = ports.records.save(upload, upload.status === 'done' ? 'full' : 'normal');
      this.#unsaved.delete(upload.id);
      if (!isSaved) return 'lost';
      problems.clear(upload.id);
      for (const cleanup of cleanups) queue.add(cleanup);`,
    breaks: 'a process that dies between two writes loses a pending cleanup',
    caughtBy: { unit: 'after any failures, crashes, changes and user actions' },
  },
  {
    file: 'src-main/engine/reduce.ts',
    find: `return {
    ...carriedFields(upload),
    status: 'paused',
    failures: upload.failures,
    attempts: endLastAttempt(upload.attempts, at),
    ...resumeFields(upload),
  };`,
    replace:
      "return { ...carriedFields(upload), status: 'paused', failures: upload.failures, attempts: endLastAttempt(upload.attempts, at) };",
    breaks: 'pausing loses the checkpoint',
    caughtBy: { unit: 'stops at once and keeps the checkpoint' },
  },
  {
    file: 'src-main/engine/engine.ts',
    find: `await this.#waitAtMost(
      runs.whenAllEnded().then(() => cleanups.whenSettled()),
      stopTimeoutMs,
    );`,
    replace: `await runs.whenAllEnded();
await this.#waitAtMost(cleanups.whenSettled(), stopTimeoutMs);`,
    breaks: 'quitting waits for a store that does not respond',
    caughtBy: { unit: 'quitting takes less than 3 s' },
  },
  {
    file: 'src-main/engine/ownership.ts',
    find: 'const isSelected = (upload: Upload): boolean => only(upload) || isDeferred?.(upload) === true;',
    replace:
      'const isSelected = (upload: Upload): boolean => only(upload) || (isDeferred === undefined && only(upload));',
    breaks: 'an adoption that a full disk prevented is forgotten at the next adoption',
    caughtBy: { unit: 'two adoptions that a full disk prevented' },
  },
  {
    file: 'src-main/engine/reduce.ts',
    find: "export const isProgress = (upload: Upload): boolean => upload.restarted === undefined && !upload.attempts.some(({ error }) => error?.code === 'corrupted');",
    replace: 'export const isProgress = (upload: Upload): boolean => upload.restarted === undefined;',
    breaks: 'a file is sent forever to a store that corrupts it',
    caughtBy: { unit: 'deletes a stored object of the wrong size' },
  },
  {
    file: 'src-main/engine/batches.ts',
    find: 'this.#onSettled([...batch.ended.values()].sort((a, b) => a.position - b.position));',
    replace: 'this.#onSettled([...batch.ended.values()]);',
    breaks: 'links are copied in the order in which uploads finish',
    caughtBy: { unit: 'are reported once, in drop order' },
  },
  {
    file: 'src-main/engine/pump.ts',
    find: 'const hasSlept = now - this.#nextTickAt > sleepThresholdMs;',
    replace: 'const hasSlept = false;',
    breaks: 'the engine does not notice that the computer slept',
    caughtBy: { unit: 'eight hours of sleep' },
  },
  {
    file: 'src-main/engine/pump.ts',
    find: `if (hasSlept) {
      this.wake();
      return;
    }`,
    replace: 'if (hasSlept) availability.probeNow();',
    breaks: 'after the computer slept, the engine waits for dead connections',
    caughtBy: { unit: 'after 8 hours of sleep with dead sockets' },
  },
  {
    file: 'src-main/engine/schedule.ts',
    find: "if (upload.status !== 'verifying') queue.slotsInUse += this.#input.expectedSlots(upload);",
    replace: 'queue.slotsInUse += this.#input.expectedSlots(upload);',
    breaks: 'a verification takes slots, so the next file waits for it',
    caughtBy: { unit: 'the next file is sent during a verification' },
  },
  {
    file: 'src-main/engine/ledger.ts',
    find: "if (!ports.records.owns(upload.id)) return 'lost';",
    replace: '',
    breaks: 'on a full disk, a process that slept continues an upload that another process owns',
    caughtBy: { unit: 'keeps it when the previous owner wakes on a full disk' },
  },
  {
    file: 'src-main/engine/remote-leftovers.ts',
    find: 'const abandonedAfterMs = 7 * dayMs;',
    replace: 'const abandonedAfterMs = dayMs;',
    breaks: 'an upload that was paused for a day restarts from zero',
    caughtBy: { unit: 'expires after a week without progress' },
  },
  {
    file: 'src-main/engine/verify.ts',
    find: "if (stored === 'missing' || hasWrongSize) throw failure('corrupted');",
    replace: "if (stored === 'missing') throw failure('corrupted');",
    breaks: 'an object of another size counts as done',
    caughtBy: { unit: 'deletes a stored object of the wrong size' },
  },
  {
    file: 'src-main/engine/engine-parts.ts',
    find: "runs.abort(upload.id, 'lost');",
    replace: "runs.abort(upload.id, 'canceled');",
    breaks: 'a process that slept removes the file that another process stored',
    caughtBy: { unit: 'after any failures, crashes, changes and user actions' },
  },
  {
    file: 'src-main/engine/active-runs.ts',
    find: 'run?.controller.abort(reason);',
    replace: `run?.controller.abort(reason);
if (reason === 'paused') this.#runs.delete(id);`,
    breaks: 'resume starts a second attempt before the paused one has ended',
    caughtBy: { unit: 'after any failures, crashes, changes and user actions' },
  },
  {
    file: 'src-main/engine/key-options.ts',
    find: `export const keyOptionsOf = ({ createdAt, source, folder, keyTemplate, collision }: Upload): KeyOptions => ({
  createdAt,`,
    replace: `export const keyOptionsOf = ({ createdAt, attempts, source, folder, keyTemplate, collision }: Upload): KeyOptions => ({
  createdAt: attempts.at(-1)?.started ?? createdAt,`,
    breaks: "an upload that resumes after midnight gets the next day's object key",
    caughtBy: { unit: 'the same at each attempt and after a restart' },
  },
  {
    file: 'src-main/engine/restart-ended.ts',
    find: "const chainReset = resolution === 'replace' ? { chain: upload.chain.slice(upload.step, upload.step + 1), step: 0 } : {};",
    replace: 'const chainReset = { chain: upload.chain, step: upload.step };',
    breaks: 'permission to replace a file at one destination also replaces it at the next destination',
    caughtBy: { unit: 'a name conflict is resolved at the same destination' },
  },
  {
    file: 'src-main/engine/cleanup-queue.ts',
    find: `this.#runOne(cleanup)
          .catch((cause: unknown) => this.#logBugOnce(cleanup, cause))
          .finally(() => this.#running.delete(cleanup.id)),`,
    replace: 'this.#runOne(cleanup).finally(() => this.#running.delete(cleanup.id)),',
    breaks: 'an unexpected error during a cleanup makes quitting fail',
    caughtBy: { unit: 'an unexpected error during a cleanup' },
  },
  {
    file: 'src-main/engine/claims.ts',
    find: 'this.#failed.add(id);',
    replace: '',
    breaks: 'a process repeatedly tries to take over an upload with a damaged record',
    caughtBy: { unit: 'of a damaged record is tried once, logged once and shown as failed' },
  },
  {
    file: 'src-main/engine/unsaved-records.ts',
    find: 'const triesLeft = Math.min(this.#records.get(upload.id)?.triesLeft ?? maxTries, maxTries) - 1;',
    replace: 'const triesLeft = Infinity;',
    breaks: 'a damaged record is written again every five seconds, forever',
    caughtBy: { unit: 'of a damaged record fails the upload with one log entry and few tries' },
  },
  {
    file: 'src-shared/errors.ts',
    find: 'cause instanceof AppFailure && isDiskFullError(cause.error);',
    replace: 'cause instanceof AppFailure;',
    breaks: 'every failure to write a record counts as a full disk',
    caughtBy: { unit: 'of a damaged record is tried once, logged once and shown as failed' },
  },
  {
    file: 'src-main/engine/decide.ts',
    find: "if (!isClosedPort || nextStep(chain, step).do !== 'next') return undefined;",
    replace: 'return undefined;',
    breaks: 'a closed port is retried for half a minute although another destination waits',
    caughtBy: { unit: 'is retried for 3 seconds when another destination may take the file' },
  },
  {
    file: 'src-main/engine/decide.ts',
    find: "if (isWider && !isAllowed('more-people')) return 'more-people';",
    replace: "if (isWider && !to.allowed) return 'more-people';",
    breaks: 'when the user allows a destination that cannot delete files, public links are allowed too',
    caughtBy: { unit: 'a fallback that the user allowed is used' },
  },
  {
    file: 'src-main/engine/carried-fields.ts',
    find: "bytesStored: 'resume',",
    replace: "bytesStored: 'drop',",
    breaks: 'a paused upload shows no stored bytes',
    caughtBy: { unit: 'the checkpoint and the progress are kept together' },
  },
  {
    file: 'src-main/engine/engine.ts',
    find: 'await this.#waitAtMost(this.#parts.cleanups.whenSettled(), removeDestinationTimeoutMs);',
    replace: 'await this.#parts.cleanups.whenSettled();',
    breaks: 'removing a destination hangs while its store does not respond',
    caughtBy: { unit: 'removing a destination takes less than 6 s when its store ignores the abort' },
  },
  {
    file: 'src-main/engine/pump.ts',
    find: 'const candidates = live.candidates(Math.max(this.#limit, running.length), now);',
    replace: 'const candidates = live.candidates(Infinity, now);',
    breaks: 'each finished file of 100,000 blocks the window for 16 ms',
    caughtBy: { unit: 'a finished upload takes the same time with 500 and with 5,000 queued files' },
  },
  {
    file: 'src-main/engine/destination-availability.ts',
    find: "for (const { id } of this.#live.waitingFor(profileId, until)) this.#ledger.apply(id, { type: 'resume' });",
    replace: `for (const { id } of [...this.#ledger.all()])
      if (this.#live.waitingFor(profileId, until).some((upload) => upload.id === id)) this.#ledger.apply(id, { type: 'resume' });`,
    breaks: 'each stored file looks at all queued files',
    caughtBy: { unit: 'a finished upload takes the same time with 500 and with 5,000 queued files' },
  },
  {
    file: 'src-main/engine/live-uploads.ts',
    find: '(this.#urgent.has(due.id) ? urgent : ready).add(due);',
    replace: '',
    breaks: 'an upload that waited for a time never starts again',
    caughtBy: { unit: 'the candidates lead to the same plan as all uploads' },
  },
  {
    file: 'src-main/engine/live-uploads.ts',
    find: "queues[this.#urgent.has(upload.id) ? 'urgent' : 'ready'].add(upload);",
    replace: 'queues.ready.add(upload);',
    breaks: '“Try again” does nothing while many older uploads wait for a destination that limits its requests',
    caughtBy: { unit: 'an upload that the user tries again is a candidate, however many older uploads wait' },
  },
  {
    file: 'src-main/engine/priority-queue.ts',
    find: 'this.#moveUp(last);\n    this.#moveDown(last);',
    replace: 'this.#moveDown(last);',
    breaks: 'after a cancel, files start in the wrong order',
    caughtBy: { unit: 'returns the first items in order after any additions and removals' },
  },
  {
    file: 'src-main/engine/ownership.ts',
    find: 'clock.after(0, () => adoptNext(this.#isStopped ? { done: true, value: undefined } : next));',
    replace: 'adoptNext(next);',
    breaks: 'a start with 100,000 unfinished uploads freezes the window for a minute',
    caughtBy: { unit: 'many uploads of a killed process are adopted in slices' },
  },
  {
    file: 'src-main/engine/ownership.ts',
    find: 'adoptNext(this.#isStopped ? { done: true, value: undefined } : next)',
    replace: 'adoptNext(next)',
    breaks: 'an app that quits while it adopts uploads takes more of them, and they do not resume',
    caughtBy: { unit: 'many uploads of a killed process are adopted in slices' },
  },
];
