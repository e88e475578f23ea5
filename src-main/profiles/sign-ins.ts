/**
 * Sign-ins on services' own pages. What comes of one is a secret and stays in main: the form gets a handle for it, which stands
 * for the secret until the form is saved. One sign-in runs at a time; another one ends it.
 */
import { failure } from '../../src-shared/errors.ts';
import type { FieldValues, ProfileDraft } from '../../src-shared/profile.ts';
import type { ProviderId, SignInStep } from '../../src-shared/provider.ts';
import type { SignInOutcome } from '../providers/contract/provider.ts';

/** Handles that are remembered; a form holds at most one for each of its fields. */
const maxHandles = 20;
const handlePrefix = 'signed-in:';

interface PendingSecret {
  providerId: ProviderId;
  field: string;
  value: string;
}

/** `value`: the handle. `settings`: what the sign-in tells about other fields. */
export interface SignInResult {
  value: string;
  settings: FieldValues;
}

export interface SignInRun {
  signal: AbortSignal;
  show(step: SignInStep): void;
  pasted(signal: AbortSignal): Promise<string>;
}

interface RunningSignIn {
  controller: AbortController;
  paste?: (text: string) => void;
}

export class SignIns {
  readonly #id: () => string;
  readonly #pendingSecrets = new Map<string, PendingSecret>();
  #running: RunningSignIn | undefined;

  /** @param id cannot be guessed */
  constructor(id: () => string) {
    this.#id = id;
  }

  /** @throws AppFailure canceled, and what `run` throws */
  async start(
    { providerId }: Pick<ProfileDraft, 'providerId'>,
    field: string,
    show: (step: SignInStep) => void,
    run: (run: SignInRun) => Promise<SignInOutcome>,
  ): Promise<SignInResult> {
    this.cancel();
    const running: RunningSignIn = { controller: new AbortController() };
    this.#running = running;
    try {
      const { value, settings = {} } = await run({
        signal: running.controller.signal,
        show,
        pasted: (signal) => nextPastedText(running, signal),
      });
      const handle = `${handlePrefix}${this.#id()}`;
      this.#pendingSecrets.set(handle, { providerId, field, value });
      for (const old of [...this.#pendingSecrets.keys()].slice(0, -maxHandles)) this.#pendingSecrets.delete(old);
      return { value: handle, settings };
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  /** A code that the service's page showed. */
  paste(text: string): void {
    this.#running?.paste?.(text);
  }

  cancel(): void {
    this.#running?.controller.abort();
  }

  /** With the secrets in place of their handles; a handle that is unknown, or is for something else, is as good as nothing. */
  resolveHandles(draft: ProfileDraft): ProfileDraft {
    const secrets = Object.entries(draft.secrets).flatMap(([key, value]) => {
      if (!value.startsWith(handlePrefix)) return [[key, value]];
      const pending = this.#pendingSecrets.get(value);
      return pending?.providerId === draft.providerId && pending.field === key ? [[key, pending.value]] : [];
    });
    return { ...draft, secrets: Object.fromEntries(secrets) as FieldValues };
  }

  /** The service gave out newer ones while a form was tried. */
  updateSecrets(draft: ProfileDraft, secrets: FieldValues): void {
    for (const [key, value] of Object.entries(secrets)) {
      const handle = draft.secrets[key];
      const pending = handle === undefined ? undefined : this.#pendingSecrets.get(handle);
      if (pending) pending.value = value;
    }
  }
}

function nextPastedText(running: RunningSignIn, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const either = AbortSignal.any([signal, running.controller.signal]);
    const stop = (): void => reject(failure('canceled'));
    either.addEventListener('abort', stop, { once: true });
    if (either.aborted) stop();
    running.paste = (text) => {
      either.removeEventListener('abort', stop);
      resolve(text);
    };
  });
}
