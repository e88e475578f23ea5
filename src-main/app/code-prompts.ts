/** Asks in the window for a code of the user's MFA device. Each prompt has a timeout. */
import { randomUUID } from 'node:crypto';
import { failure } from '../../src-shared/errors.ts';
import type { CodePrompt } from '../../src-shared/ipc/contract.ts';
import type { CodeRequest } from '../providers/contract/provider.ts';

/** Device codes change, so an old prompt is useless. After the timeout the uploads keep waiting. */
const timeoutMs = 10 * 60_000;

export interface CodePromptsPorts {
  send(prompt: CodePrompt): void;
  /** Shows the window, because a prompt is not visible in the tray. */
  show(): void;
}

export class CodePrompts {
  readonly #ports: CodePromptsPorts;
  readonly #pendingPrompts = new Map<string, { prompt: CodePrompt; end(code: string | null): void }>();

  constructor(ports: CodePromptsPorts) {
    this.#ports = ports;
  }

  /** @throws AppFailure secret-missing when the user gives no code, canceled */
  ask({ device, destination, refused }: CodeRequest & { destination: string }, signal: AbortSignal): Promise<string> {
    const prompt: CodePrompt = { id: randomUUID(), device, destination, ...(refused && { refused }) };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(null), timeoutMs);
      const end = (code: string | null): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        this.#pendingPrompts.delete(prompt.id);
        this.#ports.send({ ...prompt, closed: true });
        if (signal.aborted) reject(failure('canceled'));
        else if (code === null) reject(failure('secret-missing', { params: { why: 'code', device } }));
        else resolve(code);
      };
      const stop = (): void => end(null);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) {
        stop();
        return;
      }
      this.#pendingPrompts.set(prompt.id, { prompt, end });
      this.#ports.show();
      this.#ports.send(prompt);
    });
  }

  answer(id: string, code: string | null): void {
    this.#pendingPrompts.get(id)?.end(code);
  }

  /** Sends the open prompts again after the page was reloaded. */
  resend(): void {
    for (const { prompt } of this.#pendingPrompts.values()) this.#ports.send(prompt);
  }
}
