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
import { why } from '../providers/issues.ts';
import type { Computer, Found, Provider, Question, SignedIn } from '../providers/provider.ts';
import {
  neededSecrets,
  publicValues,
  secretValues,
  shownFields,
  strayedSecrets,
  withInitials,
} from './field-values.ts';
import type { FoundOnComputer } from './found.ts';
import type { Secrets } from './secrets.ts';
import { SignIns, type SignInAnswer, type SignInRun } from './sign-ins.ts';

/** What the form asks for of a provider, before its values go into a profile. */
export interface DraftTools {
  /** What is wrong with values that belong together, at every field that can be named. */
  problems(provider: Provider, values: FieldValues): FieldProblem[];
  /** Runs the values through a real small upload; saves nothing. `told` hears the lines so far. */
  test(provider: Provider, values: FieldValues, talk: TestTalk): Promise<CheckReport>;
  /** @throws AppFailure for the reason why there is nothing to suggest */
  suggest(provider: Provider, question: Omit<Question, 'signal'>, talk: KeepRenewed): Promise<string[]>;
  /** Leads the person through the service's own page. @throws AppFailure */
  signIn(provider: Provider, question: Question, talk: Pick<SignInRun, 'show' | 'pasted'>): Promise<SignedIn>;
}

/** `keep`: where secrets go that the service gives out anew meanwhile. What else it finds out is the person's to take into the form. */
export interface KeepRenewed {
  keep(values: FieldValues): Promise<void>;
}
export interface TestTalk extends KeepRenewed {
  told(results: CheckResult[]): void;
}

export interface DraftsPorts {
  tools: DraftTools;
  secrets: Secrets;
  found: FoundOnComputer;
  computer(): Computer;
  /** @throws AppFailure provider-broken */
  provider(id: ProviderId): Provider;
  isKnown(id: ProviderId): boolean;
  /** Cannot be guessed. */
  id(): string;
  /** @throws AppFailure no-destination */
  profile(id: ProfileId): Profile;
  /** The setup that was begun and closed. */
  begun: { get(): SetupDraft | undefined; set(draft: SetupDraft | undefined): void };
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
    const draft = this.signIns.fill(form);
    const provider = this.#ports.provider(draft.providerId);
    const needed = neededSecrets(provider, draft.settings);
    const kept = Object.entries(await this.#keptSecrets(draft, provider)).filter(
      ([key]) => draft.secrets[key] !== '' || needed.includes(key),
    );
    const secrets = { ...Object.fromEntries(kept), ...secretValues(provider, draft.secrets) };
    this.#ports.secrets.register(secrets);
    return { ...draft.settings, ...secrets };
  }

  /** Nothing is asked, not even the key store: a key that is kept counts as one that is right. */
  validate(form: ProfileDraft): FieldProblem[] {
    const draft = this.signIns.fill(form);
    const provider = this.#ports.provider(draft.providerId);
    const typed = secretValues(provider, draft.secrets);
    const kept = this.#keptFields(draft, provider).filter((key) => typed[key] === undefined);
    const standIns = Object.fromEntries(kept.map((key) => [key, 'kept']));
    const values = withInitials(provider, { ...standIns, ...draft.settings, ...typed });
    const shown = shownFields(provider, values);
    const empty = shown.filter(({ key, required }) => required && !values[key]?.trim()).map(({ key }) => key);
    const unknown = shown
      .filter(
        ({ key, kind, choices }) =>
          kind === 'choice' && values[key] && !choices?.some(({ value }) => value === values[key]),
      )
      .map(({ key }) => key);
    const plain = [
      ...empty.map((field) => problem(field, why.missing)),
      ...unknown.map((field) => problem(field, why.choice)),
    ];
    const all = [...this.#ports.tools.problems(provider, values), ...plain].filter(
      ({ field }) => !kept.includes(field),
    );
    return all.filter(({ field }, index) => all.findIndex((other) => other.field === field) === index);
  }

  /** @param at ms since 1970, of the file that is not there */
  preview(draft: ProfileDraft, at: number): FormPreview {
    const provider = this.#ports.provider(draft.providerId);
    const values = withInitials(provider, publicValues(provider, draft.settings));
    const { path } = previewName(values['nameTemplate'] ?? '', { at, profile: draft.name });
    const link = path === undefined ? undefined : provider.example?.(values, path);
    return { read: readIn(provider, values), ...(link ? { link } : {}) };
  }

  async suggest(draft: ProfileDraft, field: string): Promise<string[]> {
    const provider = this.#ports.provider(draft.providerId);
    if (!provider.fields.some(({ key, suggests }) => key === field && suggests))
      throw failure('invalid-input', { field });
    return this.#ports.tools.suggest(
      provider,
      { field, values: withInitials(provider, await this.values(draft)), computer: this.#ports.computer() },
      this.#renewed(draft),
    );
  }

  async test(draft: ProfileDraft, told: (results: CheckResult[]) => void): Promise<CheckReport> {
    return this.#ports.tools.test(this.#ports.provider(draft.providerId), await this.values(draft), {
      told,
      ...this.#renewed(draft),
    });
  }

  /** @throws AppFailure canceled, stalled, invalid-input, and why the service refused */
  async signIn(draft: ProfileDraft, field: string, show: (step: SignInStep) => void): Promise<SignInAnswer> {
    const provider = this.#ports.provider(draft.providerId);
    if (!provider.fields.some(({ key, kind }) => key === field && kind === 'sign-in'))
      throw failure('invalid-input', { field });
    const values = withInitials(provider, await this.values(draft));
    return this.signIns.begin(draft, field, show, async ({ signal, ...talk }) => {
      const signedIn = await this.#ports.tools.signIn(
        provider,
        { field, values, computer: this.#ports.computer(), signal },
        talk,
      );
      this.#ports.secrets.register({ [field]: signedIn.value });
      return signedIn;
    });
  }

  /** What a form signed in with is the form's; what a saved destination has is kept there. */
  #renewed(draft: ProfileDraft): KeepRenewed {
    return {
      keep: async (values) => {
        const secrets = secretValues(this.#ports.provider(draft.providerId), values);
        this.#ports.secrets.register(secrets);
        const own = Object.entries(secrets).filter(([key]) => draft.secrets[key] === undefined);
        this.signIns.renew(draft, secrets);
        if (draft.id !== undefined && own.length > 0) await this.#ports.secrets.save(draft.id, Object.fromEntries(own));
      },
    };
  }

  /** Null when nothing was left, or what was left is of a kind that this version does not know. */
  begun(): SetupDraft | null {
    const draft = this.#ports.begun.get();
    return draft && this.#ports.isKnown(draft.providerId) ? draft : null;
  }

  /** Without its secrets, whatever it says. */
  keepBegun(draft: SetupDraft | null): void {
    const { begun, provider } = this.#ports;
    begun.set(draft ? { ...draft, settings: publicValues(provider(draft.providerId), draft.settings) } : undefined);
  }

  /** What cannot be read now is as good as not there: the form asks for it. */
  async #keptSecrets(draft: ProfileDraft, provider: Provider): Promise<FieldValues> {
    const found = secretValues(provider, this.#foundFor(draft)?.values ?? {});
    if (draft.id === undefined) return found;
    const { source, settings } = this.#ports.profile(draft.id);
    const kept =
      source === 'environment'
        ? secretValues(provider, this.#ports.found.environment(provider)?.values ?? {})
        : ((await this.#ports.secrets.read(draft.id)) ?? {});
    const strayed = strayedSecrets(provider, settings, draft.settings);
    return { ...Object.fromEntries(Object.entries(kept).filter(([key]) => !strayed.includes(key))), ...found };
  }

  #keptFields(draft: ProfileDraft, provider: Provider): string[] {
    const found = Object.keys(secretValues(provider, this.#foundFor(draft)?.values ?? {}));
    if (draft.id === undefined) return found;
    const isFromEnvironment = this.#ports.profile(draft.id).source === 'environment';
    const kept = isFromEnvironment
      ? Object.keys(secretValues(provider, this.#ports.found.environment(provider)?.values ?? {}))
      : this.#ports.secrets.state(draft.id).fields;
    return [...new Set([...kept, ...found])];
  }

  /** Only for the provider that it is for. */
  #foundFor({ foundId, providerId }: ProfileDraft): Found | undefined {
    const here = foundId === undefined ? undefined : this.#ports.found.get(foundId);
    return here?.provider.id === providerId ? here.found : undefined;
  }
}

/** What of the form stands in other fields, or otherwise, once it is taken apart. */
function readIn(provider: Provider, values: FieldValues): FieldValues {
  const tidy = provider.tidy?.(values) ?? values;
  const open = provider.fields.filter((field) => !holdsSecret(field) && field.kind === 'text');
  return Object.fromEntries(
    open
      .map(({ key }) => [key, tidy[key] ?? ''] as const)
      .filter(([key, value]) => value !== (values[key] ?? '').trim()),
  );
}

const problem = (field: string, reason: string): FieldProblem => ({
  field,
  error: { code: 'invalid-input', field, params: { why: reason, names: '' } },
});
