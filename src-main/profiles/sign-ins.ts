/**
 * Sign-ins on pages of the services. The resulting secret stays in the main process: the form gets a handle for the
 * secret, which is valid until the form is saved. One sign-in runs at a time. A new sign-in cancels the running one.
 */
import { failure } from '../../src-shared/errors.ts';
import type { FieldValues, ProfileDraft } from '../../src-shared/profile.ts';
import type { ProviderId, SignInStep } from '../../src-shared/provider.ts';
import type { SignInOutcome } from '../providers/contract/provider.ts';

/** The number of stored handles. A form holds at most one for each field. */
const maxHandles = 20;
const handlePrefix = 'signed-in:';

interface PendingSecret {
  providerId: ProviderId;
  field: string;
  value: string;
  /** The settings that the user signed in with. */
  settings: FieldValues;
}

/** `value`: the handle. `settings`: values of other fields that the sign-in returned. */
export interface SignInResult {
  value: string;
  settings: FieldValues;
}

export interface SignInRun {
  /** Aborts when the sign-in is canceled. */
  signal: AbortSignal;
  /** Shows the user what to do next. */
  show(step: SignInStep): void;
  /** The next text that the user pastes. @throws AppFailure canceled */
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

  /** @param id returns ids that cannot be guessed */
  constructor(id: () => string) {
    this.#id = id;
  }

  /** @throws AppFailure canceled, and the errors of `run` */
  async start(
    { providerId, settings: usedSettings }: Pick<ProfileDraft, 'providerId' | 'settings'>,
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
      this.#pendingSecrets.set(handle, { providerId, field, value, settings: usedSettings });
      for (const old of [...this.#pendingSecrets.keys()].slice(0, -maxHandles)) this.#pendingSecrets.delete(old);
      return { value: handle, settings };
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  /** Passes on the code that the user copied from the page of the service. */
  paste(text: string): void {
    this.#running?.paste?.(text);
  }

  cancel(): void {
    this.#running?.controller.abort();
  }

  /** Replaces handles with their secrets. Omits unknown handles and handles of another field or provider. */
  resolveHandles(draft: ProfileDraft): ProfileDraft {
    const secrets = Object.entries(draft.secrets).flatMap(([key, value]) => {
      if (!value.startsWith(handlePrefix)) return [[key, value]];
      const pending = this.#pendingSecrets.get(value);
      return pending?.providerId === draft.providerId && pending.field === key ? [[key, pending.value]] : [];
    });
    return { ...draft, secrets: Object.fromEntries(secrets) as FieldValues };
  }

  /** The settings with which the user signed in for the handles of a form. */
  settingsOfHandles({ secrets }: ProfileDraft): FieldValues[] {
    return Object.values(secrets)
      .map((value) => this.#pendingSecrets.get(value)?.settings)
      .filter((settings) => settings !== undefined);
  }

  /** Replaces secrets of a form that the service renewed during a test. */
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
    const eitherSignal = AbortSignal.any([signal, running.controller.signal]);
    const stop = (): void => reject(failure('canceled'));
    eitherSignal.addEventListener('abort', stop, { once: true });
    if (eitherSignal.aborted) stop();
    running.paste = (text) => {
      eitherSignal.removeEventListener('abort', stop);
      resolve(text);
    };
  });
}
