/**
 * Changes of a saved destination that the user confirms outside the page: more people can open its links, or its links
 * are at another host.
 */
import { failure } from '../../src-shared/errors.ts';
import type { FieldValues } from '../../src-shared/profile.ts';
import { visibilities, type Visibility } from '../../src-shared/upload.ts';
import type { Computer } from '../platform/computer.ts';
import type { Provider } from '../providers/contract/provider.ts';
import { withInitialValues } from './field-values.ts';

/** At least one of `visibility` and `host` is set. `host`: where new links would open. */
export interface LinkChange {
  destination: string;
  visibility?: Visibility;
  host?: string;
}

/** Asks the user outside the page. @returns whether the links may change */
export type ConfirmLinkChange = (change: LinkChange) => Promise<boolean>;

interface LinkChangesPorts {
  /** Undefined when the user changes settings without a page, as on the command line. */
  confirm: ConfirmLinkChange | undefined;
  computer(): Computer;
}

export class LinkChanges {
  readonly #ports: LinkChangesPorts;
  #isQuestionOpen = false;

  constructor(ports: LinkChangesPorts) {
    this.#ports = ports;
  }

  /** @throws AppFailure invalid-input when the user did not agree */
  async require(provider: Provider, destination: string, before: FieldValues, after: FieldValues): Promise<void> {
    const { confirm } = this.#ports;
    const change = this.#changeOf(provider, before, after);
    if (!confirm || !change) return;
    if (!(await this.#ask(confirm, { destination, ...change })))
      throw failure('invalid-input', { params: { why: 'linksUnchanged' } });
  }

  #changeOf(provider: Provider, before: FieldValues, after: FieldValues): Omit<LinkChange, 'destination'> | undefined {
    const [oldVisibility, visibility] = [before, after].map(
      (values) => provider.linkAccess(withInitialValues(provider, values)).visibility,
    ) as [Visibility, Visibility];
    const [oldHost, host] = [before, after].map((values) => this.#hostOf(provider, values));
    const isWider = visibilities.indexOf(visibility) > visibilities.indexOf(oldVisibility);
    const isMoved = oldHost !== undefined && host !== undefined && host !== oldHost;
    return isWider || isMoved ? { ...(isWider && { visibility }), ...(isMoved && { host }) } : undefined;
  }

  /** Undefined if the provider has fixed hosts, while values are missing, and for a guessed region. */
  #hostOf(provider: Provider, values: FieldValues): string | undefined {
    const link = provider.exampleLink?.(withInitialValues(provider, values), 'file', this.#ports.computer());
    return !link || link.isGuess || !URL.canParse(link.url) ? undefined : new URL(link.url).host;
  }

  /** One question at a time: a page that sends many requests gets no second dialog. */
  async #ask(confirm: ConfirmLinkChange, change: LinkChange): Promise<boolean> {
    if (this.#isQuestionOpen) return false;
    this.#isQuestionOpen = true;
    try {
      return await confirm(change);
    } finally {
      this.#isQuestionOpen = false;
    }
  }
}
