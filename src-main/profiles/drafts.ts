/** Forms before they are saved: what is wrong with them, what could be in them, whether they work, and the one that was left. */
import { failure } from '../../src-shared/errors.ts';
import type {
  CheckReport,
  CheckResult,
  FieldProblem,
  FieldValues,
  FormPreview,
  Profile,
  ProfileDraft,
  SetupDraft,
} from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import { previewName } from '../../src-shared/name-template.ts';
import { holdsSecret, type ProviderId, type SignInStep } from '../../src-shared/provider.ts';
import { issueReasons } from '../providers/settings/field-issues.ts';
import type {
  Computer,
  DiscoveredCredentials,
  Provider,
  FieldContext,
  SignInOutcome,
} from '../providers/contract/provider.ts';
import {
  requiredSecrets,
  publicValues,
  secretValues,
  shownFields,
  staleSecrets,
  withInitialValues,
} from './field-values.ts';
import type { CredentialDiscovery } from './credential-discovery.ts';
import type { ProfileSecrets } from './profile-secrets.ts';
import { SignIns, type SignInResult, type SignInRun } from './sign-ins.ts';

/** What the form asks for of a provider, before its values go into a profile. */
export interface DraftTools {
  /** What is wrong with values that belong together, at every field that can be named. */
  problems(provider: Provider, values: FieldValues): FieldProblem[];
  /** Runs the values through a real small upload; saves nothing. `told` hears the lines so far. */
  test(provider: Provider, values: FieldValues, callbacks: TestCallbacks): Promise<CheckReport>;
  /** @throws AppFailure for the reason why there is nothing to suggest */
  suggest(provider: Provider, question: Omit<FieldContext, 'signal'>, callbacks: RenewalPorts): Promise<string[]>;
  /** Leads the person through the service's own page. @throws AppFailure */
  signIn(
    provider: Provider,
    question: FieldContext,
    callbacks: Pick<SignInRun, 'show' | 'pasted'>,
  ): Promise<SignInOutcome>;
}

/** `keep`: where secrets go that the service gives out anew meanwhile. What else it finds out is the person's to take into the form. */
export interface RenewalPorts {
  saveRenewed(values: FieldValues): Promise<void>;
}
export interface TestCallbacks extends RenewalPorts {
  onProgress(results: CheckResult[]): void;
}

export interface DraftsPorts {
  tools: DraftTools;
  secrets: ProfileSecrets;
  discovery: CredentialDiscovery;
  computer(): Computer;
  /** @throws AppFailure provider-broken */
  provider(id: ProviderId): Provider;
  isKnown(id: ProviderId): boolean;
  /** Cannot be guessed. */
  id(): string;
  /** @throws AppFailure no-destination */
  profile(id: ProfileId): Profile;
  /** The setup that was begun and closed. */
  savedSetup: { get(): SetupDraft | undefined; set(draft: SetupDraft | undefined): void };
}

export class Drafts {
  readonly signIns: SignIns;
  readonly #ports: DraftsPorts;
  constructor(ports: DraftsPorts) {
    this.#ports = ports;
    this.signIns = new SignIns(ports.id);
  }

  /**
   * Settings and secrets together: what was typed, else what is kept, else what was found on this computer.
   * @throws AppFailure no-destination, provider-broken
   */
  async values(form: ProfileDraft): Promise<FieldValues> {
    const draft = this.signIns.resolveHandles(form);
    const provider = this.#ports.provider(draft.providerId);
    const required = requiredSecrets(provider, draft.settings);
    const saved = Object.entries(await this.#savedSecrets(draft, provider)).filter(
      ([key]) => draft.secrets[key] !== '' || required.includes(key),
    );
    const secrets = { ...Object.fromEntries(saved), ...secretValues(provider, draft.secrets) };
    this.#ports.secrets.registerSecret(secrets);
    return { ...draft.settings, ...secrets };
  }

  /** Nothing is asked, not even the key store: a key that is kept counts as one that is right. */
  validate(form: ProfileDraft): FieldProblem[] {
    const draft = this.signIns.resolveHandles(form);
    const provider = this.#ports.provider(draft.providerId);
    const typed = secretValues(provider, draft.secrets);
    const saved = this.#savedSecretFields(draft, provider).filter((key) => typed[key] === undefined);
    const placeholders = Object.fromEntries(saved.map((key) => [key, 'kept']));
    const values = withInitialValues(provider, { ...placeholders, ...draft.settings, ...typed });
    const shown = shownFields(provider, values);
    const empty = shown.filter(({ key, required }) => required && !values[key]?.trim()).map(({ key }) => key);
    const unknown = shown
      .filter(
        ({ key, kind, choices }) =>
          kind === 'choice' && values[key] && !choices?.some(({ value }) => value === values[key]),
      )
      .map(({ key }) => key);
    const plain = [
      ...empty.map((field) => fieldProblem(field, issueReasons.missing)),
      ...unknown.map((field) => fieldProblem(field, issueReasons.choice)),
    ];
    const all = [...this.#ports.tools.problems(provider, values), ...plain].filter(
      ({ field }) => !saved.includes(field),
    );
    return all.filter(({ field }, index) => all.findIndex((other) => other.field === field) === index);
  }

  /** @param at ms since 1970, of the file that is not there */
  preview(draft: ProfileDraft, at: number): FormPreview {
    const provider = this.#ports.provider(draft.providerId);
    const values = withInitialValues(provider, publicValues(provider, draft.settings));
    const { path } = previewName(values['nameTemplate'] ?? '', { at, profile: draft.name });
    const link = path === undefined ? undefined : provider.exampleLink?.(values, path);
    return { parsedFields: parsedFields(provider, values), ...(link ? { link } : {}) };
  }

  async suggest(draft: ProfileDraft, field: string): Promise<string[]> {
    const provider = this.#ports.provider(draft.providerId);
    if (!provider.fields.some(({ key, suggests }) => key === field && suggests))
      throw failure('invalid-input', { field });
    return this.#ports.tools.suggest(
      provider,
      { field, values: withInitialValues(provider, await this.values(draft)), computer: this.#ports.computer() },
      this.#renewalPorts(draft),
    );
  }

  async test(draft: ProfileDraft, onProgress: (results: CheckResult[]) => void): Promise<CheckReport> {
    return this.#ports.tools.test(this.#ports.provider(draft.providerId), await this.values(draft), {
      onProgress,
      ...this.#renewalPorts(draft),
    });
  }

  /** @throws AppFailure canceled, stalled, invalid-input, and why the service refused */
  async signIn(draft: ProfileDraft, field: string, show: (step: SignInStep) => void): Promise<SignInResult> {
    const provider = this.#ports.provider(draft.providerId);
    if (!provider.fields.some(({ key, kind }) => key === field && kind === 'sign-in'))
      throw failure('invalid-input', { field });
    const values = withInitialValues(provider, await this.values(draft));
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

  /** What a form signed in with is the form's; what a saved destination has is kept there. */
  #renewalPorts(draft: ProfileDraft): RenewalPorts {
    return {
      saveRenewed: async (values) => {
        const secrets = secretValues(this.#ports.provider(draft.providerId), values);
        this.#ports.secrets.registerSecret(secrets);
        const savedSecrets = Object.entries(secrets).filter(([key]) => draft.secrets[key] === undefined);
        this.signIns.updateSecrets(draft, secrets);
        if (draft.id !== undefined && savedSecrets.length > 0)
          await this.#ports.secrets.save(draft.id, Object.fromEntries(savedSecrets));
      },
    };
  }

  /** Null when nothing was left, or what was left is of a kind that this version does not know. */
  savedSetup(): SetupDraft | null {
    const draft = this.#ports.savedSetup.get();
    return draft && this.#ports.isKnown(draft.providerId) ? draft : null;
  }

  /** Without its secrets, whatever it says. */
  saveSetupDraft(draft: SetupDraft | null): void {
    const { savedSetup, provider } = this.#ports;
    savedSetup.set(
      draft ? { ...draft, settings: publicValues(provider(draft.providerId), draft.settings) } : undefined,
    );
  }

  /** What cannot be read now is as good as not there: the form asks for it. */
  async #savedSecrets(draft: ProfileDraft, provider: Provider): Promise<FieldValues> {
    const discovered = secretValues(provider, this.#discoveredFor(draft)?.values ?? {});
    if (draft.id === undefined) return discovered;
    const { source, settings } = this.#ports.profile(draft.id);
    const saved =
      source === 'environment'
        ? secretValues(provider, this.#ports.discovery.environment(provider)?.values ?? {})
        : ((await this.#ports.secrets.read(draft.id)) ?? {});
    const stale = staleSecrets(provider, settings, draft.settings);
    return { ...Object.fromEntries(Object.entries(saved).filter(([key]) => !stale.includes(key))), ...discovered };
  }

  #savedSecretFields(draft: ProfileDraft, provider: Provider): string[] {
    const discovered = Object.keys(secretValues(provider, this.#discoveredFor(draft)?.values ?? {}));
    if (draft.id === undefined) return discovered;
    const isFromEnvironment = this.#ports.profile(draft.id).source === 'environment';
    const saved = isFromEnvironment
      ? Object.keys(secretValues(provider, this.#ports.discovery.environment(provider)?.values ?? {}))
      : this.#ports.secrets.state(draft.id).fields;
    return [...new Set([...saved, ...discovered])];
  }

  /** Only for the provider that it is for. */
  #discoveredFor({ discoveredId, providerId }: ProfileDraft): DiscoveredCredentials | undefined {
    const entry = discoveredId === undefined ? undefined : this.#ports.discovery.get(discoveredId);
    return entry?.provider.id === providerId ? entry.credentials : undefined;
  }
}

/** What of the form stands in other fields, or otherwise, once it is taken apart. */
function parsedFields(provider: Provider, values: FieldValues): FieldValues {
  const normalized = provider.normalize?.(values) ?? values;
  const textFields = provider.fields.filter((field) => !holdsSecret(field) && field.kind === 'text');
  return Object.fromEntries(
    textFields
      .map(({ key }) => [key, normalized[key] ?? ''] as const)
      .filter(([key, value]) => value !== (values[key] ?? '').trim()),
  );
}

const fieldProblem = (field: string, reason: string): FieldProblem => ({
  field,
  error: { code: 'invalid-input', field, params: { why: reason, names: '' } },
});
