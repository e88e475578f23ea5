/**
 * Decides which secrets a form may use. Each secret is bound to the parties that could read the requests when it was
 * entered (secret-recipients.ts). It is sent to other parties only after the user agrees.
 */
import type { FieldValues, ProfileDraft } from '../../src-shared/profile.ts';
import { holdsSecret } from '../../src-shared/provider.ts';
import type { Computer } from '../platform/computer.ts';
import type { Provider } from '../providers/contract/provider.ts';
import type { CredentialDiscovery } from './credential-discovery.ts';
import { publicValues, requiredSecrets, withInitialValues } from './field-values.ts';
import type { ProfileCatalog } from './profile-catalog.ts';
import { hasSameRecipients, recipientsOf, SecretRecipients, type ConfirmRecipients } from './secret-recipients.ts';
import type { SignIns } from './sign-ins.ts';

/**
 * What happens when secrets would be sent to other parties:
 * - `ask`: the user is asked
 * - `refuse`: an error, because the user did not start the request, for example a suggestion
 * - `sign-in`: as `ask`, also when no secret exists yet, because the sign-in returns one
 * - `confirmed`: they are sent, because the caller has asked the user
 */
export type RecipientMode = 'ask' | 'refuse' | 'sign-in' | 'confirmed';

interface SecretBindingsPorts {
  catalog: Pick<ProfileCatalog, 'getSaved'>;
  discovery: Pick<CredentialDiscovery, 'credentialsFor' | 'environment'>;
  signIns: Pick<SignIns, 'settingsOfHandles'>;
  computer(): Computer;
  confirmRecipients: ConfirmRecipients | undefined;
}

/** Settings that secrets were entered for. `origin` identifies the secrets. */
interface Binding {
  origin: string;
  settings: FieldValues;
}

export class SecretBindings {
  readonly #ports: SecretBindingsPorts;
  readonly #recipients: SecretRecipients;

  constructor(ports: SecretBindingsPorts) {
    this.#ports = ports;
    this.#recipients = new SecretRecipients(ports.confirmRecipients);
  }

  /**
   * The stored and discovered secrets that the form may use. For other parties: none if the user typed all required
   * secrets; otherwise all, after the user agreed.
   * @param stored the secrets that the form would use for the same parties
   * @throws AppFailure secret-missing
   */
  async usable(form: ProfileDraft, provider: Provider, stored: FieldValues, mode: RecipientMode): Promise<FieldValues> {
    if (mode === 'confirmed') return stored;
    const required = requiredSecrets(provider, form.settings);
    const { handles, external, saved } = this.#changedBindings(form, provider, mode);
    const needsStored = saved.length > 0 && required.some((key) => !form.secrets[key] && stored[key]);
    for (const { origin, settings } of [...handles, ...external, ...(needsStored ? saved : [])])
      await this.#recipients.require(
        {
          origin,
          destination: form.name || provider.name,
          field: required[0],
          before: recipientsOf(provider, settings, this.#ports.computer()),
          after: recipientsOf(provider, form.settings, this.#ports.computer()),
        },
        mode === 'refuse' ? 'refuse' : 'ask',
      );
    return saved.length > 0 && !needsStored && external.length === 0 ? {} : stored;
  }

  /** The secrets that belong to other parties: of sign-ins in the form, outside Hoist, and stored or discovered. */
  #changedBindings(
    form: ProfileDraft,
    provider: Provider,
    mode: RecipientMode,
  ): Record<'handles' | 'external' | 'saved', Binding[]> {
    const isChanged = ({ settings }: Binding): boolean => this.#differs(provider, settings, form.settings);
    const handles = this.#ports.signIns
      .settingsOfHandles(form)
      .map((settings) => ({ origin: JSON.stringify(form.secrets), settings }));
    const usesExternalKeys = mode === 'sign-in' || provider.usesExternalKeys?.(form.settings);
    return {
      handles: handles.filter(isChanged),
      external: usesExternalKeys ? [this.#externalBinding(form, provider)].filter(isChanged) : [],
      saved: this.#storedBindings(form, provider).filter(isChanged),
    };
  }

  /** Whether the parties that can read the requests of the form differ from those of the saved destination. */
  changesRecipients(form: ProfileDraft, provider: Provider): boolean {
    const binding = this.#savedBinding(form, provider);
    return binding !== undefined && this.#differs(provider, binding.settings, form.settings);
  }

  #differs(provider: Provider, before: FieldValues, after: FieldValues): boolean {
    return !hasSameRecipients(provider, before, after, this.#ports.computer());
  }

  #storedBindings(form: ProfileDraft, provider: Provider): Binding[] {
    const discovered = this.#ports.discovery.credentialsFor(form);
    const saved = this.#savedBinding(form, provider);
    return [
      ...(saved ? [saved] : []),
      ...(discovered ? [{ origin: discovered.id, settings: publicValues(provider, discovered.values) }] : []),
    ];
  }

  #savedBinding({ id }: ProfileDraft, provider: Provider): Binding | undefined {
    if (id === undefined) return undefined;
    const { source, settings } = this.#ports.catalog.getSaved(id);
    const environment = source === 'environment' ? this.#ports.discovery.environment(provider) : undefined;
    return { origin: id, settings: { ...publicValues(provider, environment?.values ?? {}), ...settings } };
  }

  /**
   * Keys outside Hoist, such as those of an AWS profile, are bound to the recipients of the stored or discovered
   * credentials that already use them, and otherwise to the default recipients.
   */
  #externalBinding(form: ProfileDraft, provider: Provider): Binding {
    const signIn = signInValues(provider, form.settings);
    const origin = JSON.stringify(signIn);
    const sameSignIn = this.#storedBindings(form, provider).find(
      ({ settings }) => JSON.stringify(signInValues(provider, settings)) === origin,
    );
    return { origin, settings: sameSignIn?.settings ?? signIn };
  }
}

/** The settings that say which keys are used. */
function signInValues(provider: Provider, settings: FieldValues): FieldValues {
  const values = withInitialValues(provider, settings);
  const keys = provider.fields.filter((field) => field.group === 'sign-in' && !holdsSecret(field));
  return Object.fromEntries(keys.map(({ key }) => [key, values[key] ?? '']));
}
