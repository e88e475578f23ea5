/**
 * Forms before they are saved: validation, suggestions, tests, sign-ins, and the setup that the user left unfinished.
 */
import { failure } from '../../src-shared/errors.ts';
import type {
  CheckReport,
  CheckResult,
  FieldProblem,
  FieldValues,
  FormPreview,
  ProfileDraft,
} from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import { previewName } from '../../src-shared/name-template.ts';
import type { SignInStep } from '../../src-shared/provider.ts';
import { issueReasons } from '../providers/settings/field-issues.ts';
import type { Computer } from '../platform/computer.ts';
import type { Provider, FieldContext, SignInOutcome } from '../providers/contract/provider.ts';
import {
  requiredSecrets,
  publicValues,
  secretValues,
  shownFields,
  staleSecrets,
  withInitialValues,
} from './field-values.ts';
import type { CredentialDiscovery } from './credential-discovery.ts';
import type { ProfileCatalog } from './profile-catalog.ts';
import type { ProfileSecrets } from './profile-secrets.ts';
import type { ProviderCatalog } from './provider-catalog.ts';
import { SecretBindings, type RecipientMode } from './secret-bindings.ts';
import type { ConfirmRecipients } from './secret-recipients.ts';
import { SignIns, type SignInResult, type SignInRun } from './sign-ins.ts';

/** A provider's functions for a form that is not saved yet. */
export interface DraftTools {
  /** The problems of all values, each with the field that causes it. */
  problems(provider: Provider, values: FieldValues): FieldProblem[];
  /** Tests the values with a small real upload; saves nothing. `onProgress` gets the results so far. */
  test(provider: Provider, values: FieldValues, callbacks: TestCallbacks): Promise<CheckReport>;
  /** @throws AppFailure with the reason why there are no suggestions */
  suggest(provider: Provider, question: Omit<FieldContext, 'signal'>, callbacks: RenewalPorts): Promise<string[]>;
  /** Signs in on a page of the service. @throws AppFailure */
  signIn(
    provider: Provider,
    question: FieldContext,
    callbacks: Pick<SignInRun, 'show' | 'pasted'>,
  ): Promise<SignInOutcome>;
}

/**
 * `saveRenewed` saves two kinds of values that the driver reports during the call: secrets that the service renewed,
 * and {@link Provider.measuredSettings}. It ignores other values, because the user decides about them in the form.
 */
export interface RenewalPorts {
  saveRenewed(values: FieldValues): Promise<void>;
}
interface TestCallbacks extends RenewalPorts {
  onProgress(results: CheckResult[]): void;
}

export interface DraftsPorts {
  tools: DraftTools;
  secrets: ProfileSecrets;
  discovery: CredentialDiscovery;
  providers: ProviderCatalog;
  catalog: ProfileCatalog;
  computer(): Computer;
  /** ms since 1970 */
  now(): number;
  /** An id that cannot be guessed. */
  id(): string;
  /** Undefined when no user can answer. */
  confirmRecipients: ConfirmRecipients | undefined;
  /** Saves the measured settings of a saved destination after a test. @throws AppFailure disk-full */
  saveMeasured(id: ProfileId, measured: FieldValues): void;
}

export class Drafts {
  readonly signIns: SignIns;
  readonly #ports: DraftsPorts;
  readonly #bindings: SecretBindings;
  /** The measured settings of each tested form, by {@link measuredKey}. */
  readonly #measured = new Map<string, FieldValues>();
  constructor(ports: DraftsPorts) {
    this.#ports = ports;
    this.signIns = new SignIns(ports.id);
    this.#bindings = new SecretBindings({ ...ports, signIns: this.signIns });
  }

  /**
   * Settings and secrets together. Typed values override discovered values, which override stored values.
   * @throws AppFailure no-destination, provider-broken; secret-missing when the user did not agree that the secrets are
   * sent to other parties
   */
  async values(form: ProfileDraft, mode: RecipientMode = 'ask'): Promise<FieldValues> {
    const draft = this.signIns.resolveHandles(form);
    const provider = this.#ports.providers.get(draft.providerId);
    const required = requiredSecrets(provider, draft.settings);
    // '' in the form deletes a stored secret, but a required secret cannot be deleted.
    const saved = Object.entries(await this.#savedSecrets(draft, provider)).filter(
      ([key]) => draft.secrets[key] !== '' || required.includes(key),
    );
    const usable = await this.#bindings.usable(form, provider, Object.fromEntries(saved), mode);
    const secrets = { ...usable, ...secretValues(provider, draft.secrets) };
    this.#ports.secrets.registerSecret(secrets);
    return { ...draft.settings, ...secrets };
  }

  /**
   * The problems of the form, at most one for each field. Sends no request and does not use the key store, so every
   * stored secret counts as valid: the text `saved` takes its place.
   */
  validate(form: ProfileDraft): FieldProblem[] {
    const draft = this.signIns.resolveHandles(form);
    const provider = this.#ports.providers.get(draft.providerId);
    const typed = secretValues(provider, draft.secrets);
    const saved = this.#savedSecretFields(draft, provider).filter((key) => typed[key] === undefined);
    const placeholders = Object.fromEntries(saved.map((key) => [key, 'saved']));
    const values = withInitialValues(provider, { ...placeholders, ...draft.settings, ...typed });
    const shown = shownFields(provider, values);
    const empty = shown.filter(({ key, required }) => required && !values[key]?.trim()).map(({ key }) => key);
    const unknown = shown
      .filter(
        ({ key, kind, choices }) =>
          kind === 'choice' && values[key] && !choices?.some(({ value }) => value === values[key]),
      )
      .map(({ key }) => key);
    const fieldProblems = [
      ...empty.map((field) => fieldProblem(field, issueReasons.missing)),
      ...unknown.map((field) => fieldProblem(field, issueReasons.choice)),
    ];
    const problems = [...this.#ports.tools.problems(provider, values), ...fieldProblems].filter(
      ({ field }) => !saved.includes(field),
    );
    return problems.filter(({ field }, index) => problems.findIndex((other) => other.field === field) === index);
  }

  /** Shows the link that an example file would have now. */
  preview(draft: ProfileDraft): FormPreview {
    const provider = this.#ports.providers.get(draft.providerId);
    const values = withInitialValues(provider, publicValues(provider, draft.settings));
    const { path } = previewName(values['nameTemplate'] ?? '', { at: this.#ports.now(), profile: draft.name });
    const computer = this.#ports.computer();
    const link = path === undefined ? undefined : provider.exampleLink?.(values, path, computer);
    const defaultValues = provider.defaultValues?.(values, computer);
    return {
      parsedFields: parsedFields(provider, values),
      ...(link ? { link } : {}),
      ...(defaultValues ? { defaultValues } : {}),
    };
  }

  async suggest(draft: ProfileDraft, field: string): Promise<string[]> {
    const provider = this.#ports.providers.get(draft.providerId);
    if (!provider.fields.some(({ key, suggests }) => key === field && suggests))
      throw failure('invalid-input', { field });
    return this.#ports.tools.suggest(
      provider,
      {
        field,
        values: withInitialValues(provider, await this.values(draft, 'refuse')),
        computer: this.#ports.computer(),
      },
      this.#renewalPorts(draft),
    );
  }

  async test(
    draft: ProfileDraft,
    onProgress: (results: CheckResult[]) => void = () => undefined,
  ): Promise<CheckReport> {
    return this.#ports.tools.test(this.#ports.providers.get(draft.providerId), await this.values(draft), {
      onProgress,
      ...this.#renewalPorts(draft),
    });
  }

  /** @throws AppFailure canceled, stalled, invalid-input, or the error of the service */
  async signIn(draft: ProfileDraft, field: string, show: (step: SignInStep) => void): Promise<SignInResult> {
    const provider = this.#ports.providers.get(draft.providerId);
    if (!provider.fields.some(({ key, kind }) => key === field && kind === 'sign-in'))
      throw failure('invalid-input', { field });
    const values = withInitialValues(provider, await this.values(draft, 'sign-in'));
    return this.signIns.start(draft, field, show, async ({ signal, ...callbacks }) => {
      const signedIn = await this.#ports.tools.signIn(
        provider,
        { field, values, computer: this.#ports.computer(), signal },
        callbacks,
      );
      this.#ports.secrets.registerSecret({ [field]: signedIn.value });
      return signedIn;
    });
  }

  /** The measured settings of the latest test of this form. */
  measuredFor(draft: ProfileDraft): FieldValues {
    return this.#measured.get(measuredKey(draft)) ?? {};
  }

  /** Whether the parties that can read the requests of the form differ from those of the saved destination. */
  changesRecipients(draft: ProfileDraft): boolean {
    return this.#bindings.changesRecipients(draft, this.#ports.providers.get(draft.providerId));
  }

  #rememberMeasured(draft: ProfileDraft, values: FieldValues): void {
    const { measuredSettings = [] } = this.#ports.providers.get(draft.providerId);
    const measured = Object.fromEntries(Object.entries(values).filter(([key]) => measuredSettings.includes(key)));
    if (Object.keys(measured).length === 0) return;
    this.#measured.set(measuredKey(draft), measured);
    if (draft.id !== undefined) this.#ports.saveMeasured(draft.id, measured);
  }

  /** Saves a renewed secret in the form if the form contains it, and otherwise in the saved destination. */
  #renewalPorts(draft: ProfileDraft): RenewalPorts {
    return {
      saveRenewed: async (values) => {
        this.#rememberMeasured(draft, values);
        const secrets = secretValues(this.#ports.providers.get(draft.providerId), values);
        this.#ports.secrets.registerSecret(secrets);
        const savedSecrets = Object.entries(secrets).filter(([key]) => draft.secrets[key] === undefined);
        this.signIns.updateSecrets(draft, secrets);
        if (draft.id !== undefined && savedSecrets.length > 0)
          await this.#ports.secrets.save(draft.id, Object.fromEntries(savedSecrets));
      },
    };
  }

  /** The stored and discovered secrets. A secret that cannot be read now is missing here, so the form asks for it. */
  async #savedSecrets(draft: ProfileDraft, provider: Provider): Promise<FieldValues> {
    const discovered = secretValues(provider, this.#ports.discovery.credentialsFor(draft)?.values ?? {});
    if (draft.id === undefined) return discovered;
    const { source, settings, providerId } = this.#ports.catalog.getSaved(draft.id);
    if (providerId !== draft.providerId) throw failure('no-destination');
    const saved =
      source === 'environment'
        ? secretValues(provider, this.#ports.discovery.environment(provider)?.values ?? {})
        : ((await this.#ports.secrets.read(draft.id)) ?? {});
    const stale = staleSecrets(provider, settings, draft.settings);
    return { ...Object.fromEntries(Object.entries(saved).filter(([key]) => !stale.includes(key))), ...discovered };
  }

  /** The fields that have a stored or discovered secret. Does not use the key store. */
  #savedSecretFields(draft: ProfileDraft, provider: Provider): string[] {
    const discovered = Object.keys(secretValues(provider, this.#ports.discovery.credentialsFor(draft)?.values ?? {}));
    if (draft.id === undefined) return discovered;
    const isFromEnvironment = this.#ports.catalog.getSaved(draft.id).source === 'environment';
    const saved = isFromEnvironment
      ? Object.keys(secretValues(provider, this.#ports.discovery.environment(provider)?.values ?? {}))
      : this.#ports.secrets.state(draft.id).fields;
    return [...new Set([...saved, ...discovered])];
  }
}

/** The fields that the provider changes when it normalizes the form, with their new values. */
function parsedFields(provider: Provider, values: FieldValues): FieldValues {
  const normalized = provider.normalize?.(values) ?? values;
  const parsable = provider.fields.filter(({ kind }) => kind === 'text' || kind === 'toggle');
  return Object.fromEntries(
    parsable
      .map(({ key }) => [key, normalized[key] ?? ''] as const)
      .filter(([key, value]) => value !== (values[key] ?? '').trim()),
  );
}

/** Equal for forms with the same settings. An empty value counts as missing. */
const measuredKey = ({ providerId, settings }: ProfileDraft): string =>
  JSON.stringify([
    providerId,
    Object.entries(settings)
      .filter(([, value]) => value !== '')
      .toSorted(([a], [b]) => a.localeCompare(b)),
  ]);

const fieldProblem = (field: string, reason: string): FieldProblem => ({
  field,
  error: { code: 'invalid-input', field, params: { why: reason, names: '' } },
});
