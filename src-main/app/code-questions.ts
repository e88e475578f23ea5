/** Questions for a code of a device, asked in the window. One at a time for each destination; nobody waits for ever. */
import { randomUUID } from 'node:crypto';
import { failure } from '../../src-shared/errors.ts';
import type { Asked } from '../../src-shared/ipc/contract.ts';
import type { CodeQuestion } from '../providers/provider.ts';

/** A code that was asked for at lunch is not the one that is shown afterwards; uploads wait all the same. */
const limitMs = 10 * 60_000;

export interface CodeQuestionsPorts {
  tell(asked: Asked): void;
  /** Brings the window up: nobody sees a question in the tray. */
  show(): void;
}

export class CodeQuestions {
  readonly #ports: CodeQuestionsPorts;
  readonly #open = new Map<string, { asked: Asked; end(code: string | null): void }>();

  constructor(ports: CodeQuestionsPorts) {
    this.#ports = ports;
  }

  /** @throws AppFailure secret-missing when there is no answer, canceled */
  ask({ device, destination, refused }: CodeQuestion & { destination: string }, signal: AbortSignal): Promise<string> {
    const asked: Asked = { id: randomUUID(), device, destination, ...(refused && { refused }) };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(null), limitMs);
      const end = (code: string | null): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        this.#open.delete(asked.id);
        this.#ports.tell({ ...asked, over: true });
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
      this.#open.set(asked.id, { asked, end });
      this.#ports.show();
      this.#ports.tell(asked);
    });
  }

  answer(id: string, code: string | null): void {
    this.#open.get(id)?.end(code);
  }

  /** A page that was loaded again knows nothing of what was asked before. */
  tellAgain(): void {
    for (const { asked } of this.#open.values()) this.#ports.tell(asked);
  }
}
