/** The settings of an imported file that would let other parties read requests or open links. */
import type { FieldValues, ProfileDraft } from '../../../src-shared/profile.ts';
import { holdsSecret } from '../../../src-shared/provider.ts';
import type { Provider } from '../../providers/contract/provider.ts';
import { withInitialValues } from '../field-values.ts';
import { formValues } from '../form-values.ts';
import type { ImportedProfile } from './parsed-import.ts';

/** `recipients`: the settings, such as the address of a proxy. */
export interface ImportedRecipients {
  name: string;
  recipients: string[];
}

const isNetworkField = (provider: Provider, key: string): boolean =>
  provider.fields.some((field) => field.key === key && field.group === 'network');

/**
 * The settings that differ from the initial values and let other parties read requests, as `key=value`: those of the
 * network, and the server if keys outside Hoist would be sent to it.
 */
export function addedRecipients(settings: FieldValues, provider: Provider): string[] {
  const initial = withInitialValues(provider, {});
  const network = provider.fields.filter((field) => field.group === 'network' && !holdsSecret(field));
  const { endpoint = '' } = settings;
  return [
    ...network.map(({ key }) => key).filter((key) => (settings[key] || initial[key] || '') !== (initial[key] ?? '')),
    ...(endpoint !== '' && provider.usesExternalKeys?.(settings) ? ['endpoint'] : []),
  ].map((key) => `${key}=${settings[key] ?? ''}`);
}

/** Removes the settings that {@link addedRecipients} returns. Without them no key may be sent to an unknown server. */
export function withoutRecipients(
  { settings, secrets }: ProfileDraft,
  provider: Provider,
): Pick<ProfileDraft, 'settings' | 'secrets'> {
  const usesExternalKeys = provider.usesExternalKeys?.(settings) && settings['endpoint'];
  const isRemoved = (key: string): boolean =>
    isNetworkField(provider, key) ||
    (Boolean(usesExternalKeys) && provider.fields.some((field) => field.key === key && field.group === 'sign-in'));
  const remaining = (values: FieldValues): FieldValues =>
    Object.fromEntries(Object.entries(values).filter(([key]) => !isRemoved(key)));
  return { settings: formValues(provider, remaining(settings)), secrets: remaining(secrets) };
}

/** Takes the settings of public links out of a file that contains them, so that the user is asked about them. */
export function publicLinksOf(imported: ImportedProfile, provider: Provider | undefined): ImportedProfile {
  if (!provider || imported.publicLinkSettings) return imported;
  const isPublic = (values: FieldValues): boolean =>
    provider.linkAccess(withInitialValues(provider, values)).visibility === 'public';
  if (!isPublic(imported.settings) || isPublic({})) return imported;
  const linkKeys = new Set(provider.fields.filter(({ group }) => group === 'links').map(({ key }) => key));
  const pick = (isLink: boolean): FieldValues =>
    Object.fromEntries(Object.entries(imported.settings).filter(([key]) => linkKeys.has(key) === isLink));
  return { ...imported, settings: pick(false), publicLinkSettings: pick(true) };
}
