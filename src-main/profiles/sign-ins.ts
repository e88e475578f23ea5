/**
 * Sign-ins on services' own pages. What comes of one is a secret and stays in main: the form gets a handle for it, which stands
 * for the secret until the form is saved. One sign-in runs at a time; another one ends it.
 */
import { failure } from '../../src-shared/errors.ts';
import type { FieldValues, ProfileDraft } from '../../src-shared/profile.ts';
import type { ProviderId, SignInStep } from '../../src-shared/provider.ts';
import type { SignedIn } from '../providers/provider.ts';

/** Handles that are remembered; a form holds at most one for each of its fields. */
const most = 20;
const prefix = 'signed-in:';

interface Kept {
  providerId: ProviderId;
  field: string;
  value: string;
}

/** `value`: the handle. `settings`: what the sign-in tells about other fields. */
export interface SignInAnswer {
  value: string;
  settings: FieldValues;
}

export interface SignInRun {
  signal: AbortSignal;
  show(step: SignInStep): void;
  pasted(signal: AbortSignal): Promise<string>;
}

interface Running {
  over: AbortController;
  paste?: (text: string) => void;
}

export class SignIns {
  readonly #id: () => string;
  readonly #kept = new Map<string, Kept>();
  #running: Running | undefined;

  /** @param id cannot be guessed */
  constructor(id: () => string) {
    this.#id = id;
  }

  /** @throws AppFailure canceled, and what `run` throws */
  async begin(
    { providerId }: Pick<ProfileDraft, 'providerId'>,
    field: string,
    show: (step: SignInStep) => void,
    run: (run: SignInRun) => Promise<SignedIn>,
  ): Promise<SignInAnswer> {
    this.cancel();
    const running: Running = { over: new AbortController() };
    this.#running = running;
    try {
      const { value, settings = {} } = await run({
        signal: running.over.signal,
        show,
        pasted: (signal) => nextPaste(running, signal),
      });
      const handle = `${prefix}${this.#id()}`;
      this.#kept.set(handle, { providerId, field, value });
      for (const old of [...this.#kept.keys()].slice(0, -most)) this.#kept.delete(old);
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
    this.#running?.over.abort();
  }

  /** With the secrets in place of their handles; a handle that is unknown, or is for something else, is as good as nothing. */
  fill(draft: ProfileDraft): ProfileDraft {
    const secrets = Object.entries(draft.secrets).flatMap(([key, value]) => {
      if (!value.startsWith(prefix)) return [[key, value]];
      const kept = this.#kept.get(value);
      return kept?.providerId === draft.providerId && kept.field === key ? [[key, kept.value]] : [];
    });
    return { ...draft, secrets: Object.fromEntries(secrets) as FieldValues };
  }

  /** The service gave out newer ones while a form was tried. */
  renew(draft: ProfileDraft, secrets: FieldValues): void {
    for (const [key, value] of Object.entries(secrets)) {
      const handle = draft.secrets[key];
      const kept = handle === undefined ? undefined : this.#kept.get(handle);
      if (kept) kept.value = value;
    }
  }
}

function nextPaste(running: Running, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const either = AbortSignal.any([signal, running.over.signal]);
    const stop = (): void => reject(failure('canceled'));
    either.addEventListener('abort', stop, { once: true });
    if (either.aborted) stop();
    running.paste = (text) => {
      either.removeEventListener('abort', stop);
      resolve(text);
    };
  });
}
