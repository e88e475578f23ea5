/**
 * The parties that can read a destination's requests: its server, its proxy, and the issuers of the certificates that
 * it trusts. Secrets that were entered for some parties are sent to others only after the user agrees.
 */
import { X509Certificate } from 'node:crypto';
import * as v from 'valibot';
import { failure } from '../../src-shared/errors.ts';
import type { FieldValues } from '../../src-shared/profile.ts';
import type { Computer } from '../platform/computer.ts';
import type { Provider } from '../providers/contract/provider.ts';
import { commonSettingsSchema } from '../providers/settings/common-settings.ts';
import { withInitialValues } from './field-values.ts';

export interface Recipient {
  kind: 'server' | 'proxy' | 'certificate';
  name: string;
}

/** `recipients`: the parties that are new; never empty. */
export interface RecipientQuestion {
  destination: string;
  recipients: readonly Recipient[];
}

/** Asks the user outside the page. @returns whether the secrets may be sent */
export type ConfirmRecipients = (question: RecipientQuestion) => Promise<boolean>;

/** @param values settings without secrets, as typed or saved */
export function recipientsOf(provider: Provider, values: FieldValues, computer: Computer): Recipient[] {
  const complete = withInitialValues(provider, values);
  const file = provider.certificateFile?.(complete, computer)?.path;
  return [
    { kind: 'server', name: provider.requestServer?.(complete, computer) ?? provider.name },
    ...networkRecipients(complete),
    ...(file === undefined ? [] : [{ kind: 'certificate' as const, name: file }]),
  ];
}

function networkRecipients({ proxy = '', proxyAddress = '', ca = '' }: FieldValues): Recipient[] {
  const parsed = v.safeParse(commonSettingsSchema, { proxy, proxyAddress, ca });
  // Invalid values are never sent anywhere, but differ from all valid ones.
  if (!parsed.success)
    return [
      { kind: 'proxy', name: [proxy, proxyAddress].join(' ').trim() },
      { kind: 'certificate', name: ca.trim() },
    ];
  const { proxy: parsedProxy, certificates } = parsed.output;
  return [
    { kind: 'proxy', name: 'url' in parsedProxy ? parsedProxy.url : parsedProxy.kind },
    ...certificates.map((pem) => ({ kind: 'certificate' as const, name: certificateName(pem) })),
  ];
}

/** The fingerprint distinguishes certificates that claim the same name. */
function certificateName(pem: string): string {
  const { subject, fingerprint256 } = new X509Certificate(pem);
  return `${subject.replaceAll('\n', ', ')} (SHA-256 ${fingerprint256})`;
}

const areEqual = (a: readonly Recipient[], b: readonly Recipient[]): boolean => JSON.stringify(a) === JSON.stringify(b);

export const hasSameRecipients = (provider: Provider, a: FieldValues, b: FieldValues, computer: Computer): boolean =>
  areEqual(recipientsOf(provider, a, computer), recipientsOf(provider, b, computer));

/** A use of secrets for other parties. `origin` identifies the secrets. */
export interface RecipientChange {
  origin: string;
  destination: string;
  /** The required secret, if the user can type one. */
  field: string | undefined;
  before: readonly Recipient[];
  after: readonly Recipient[];
}

export class SecretRecipients {
  readonly #confirm: ConfirmRecipients | undefined;
  /** The changes that the user agreed to since the start, so that a test and the save that follows ask once. */
  readonly #approved = new Set<string>();
  #isQuestionOpen = false;

  /** @param confirm undefined when no user can answer */
  constructor(confirm: ConfirmRecipients | undefined) {
    this.#confirm = confirm;
  }

  /**
   * @param mode `refuse`: does not ask, because the user did not start the request
   * @throws AppFailure secret-missing when the user did not agree
   */
  async require({ origin, destination, field, before, after }: RecipientChange, mode: 'ask' | 'refuse'): Promise<void> {
    const change = JSON.stringify([origin, before, after]);
    if (this.#approved.has(change)) return;
    const added = after.filter((recipient) => !before.some((earlier) => areEqual([earlier], [recipient])));
    const recipients = added.length > 0 ? added : after;
    if (mode === 'ask' && (await this.#ask({ destination, recipients }))) this.#approved.add(change);
    else
      throw failure('secret-missing', {
        ...(field === undefined ? {} : { field }),
        params: { why: 'recipients', destination },
      });
  }

  /** One question at a time: a page that sends many requests gets no second dialog. */
  async #ask(question: RecipientQuestion): Promise<boolean> {
    if (!this.#confirm || this.#isQuestionOpen) return false;
    this.#isQuestionOpen = true;
    try {
      return await this.#confirm(question);
    } finally {
      this.#isQuestionOpen = false;
    }
  }
}
