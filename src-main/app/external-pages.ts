/**
 * Opens links and help pages in the browser: directly after a click or a key press, and otherwise only after the user
 * agreed in a native dialog. Assistive technology can press a button without such an input.
 */

export interface ExternalPagesPorts {
  /** Whether the user has just clicked or pressed a key. Each input counts once. */
  takeInput(): boolean;
  confirm(url: string): Promise<boolean>;
  open(url: string): Promise<void>;
}

/** Opens a page for the command that the user started. */
export type OpenPage = (url: string) => Promise<void>;

export class ExternalPages {
  readonly #ports: ExternalPagesPorts;
  #isQuestionOpen = false;

  constructor(ports: ExternalPagesPorts) {
    this.#ports = ports;
  }

  /** Called when a command arrives, because the address may be known only after a request. */
  begin(): OpenPage {
    const hasInput = this.#ports.takeInput();
    return async (url) => {
      if (hasInput || (await this.#confirm(url))) await this.#ports.open(url);
    };
  }

  /** One question at a time: a page that sends many commands gets no second dialog. */
  async #confirm(url: string): Promise<boolean> {
    if (this.#isQuestionOpen) return false;
    this.#isQuestionOpen = true;
    try {
      return await this.#ports.confirm(url);
    } finally {
      this.#isQuestionOpen = false;
    }
  }
}
