/** A provider as data, for the setup form and the command line's setup text. Its driver is in src-main/providers. */
import type { TextKey } from './text/text.ts';
import type { LinkKind, Visibility } from './upload.ts';

/** In display order. src-main/providers/registry.ts compiles only if it has exactly these IDs. */
export const providerIds = ['s3', 'dropbox', 'fal'] as const;
export type ProviderId = (typeof providerIds)[number];

/**
 * One setting of a provider. The record defines the input, its help and its required mark, the redaction in logs, and
 * the storage: values of `kind: 'secret'` go to the key store.
 */
export interface Field {
  key: string;
  /**
   * `lines`: text of several lines, such as headers or a certificate. `sign-in`: a button that opens the service's
   * sign-in page in the browser; its value is the result, a secret that only the driver understands.
   */
  kind: 'text' | 'lines' | 'secret' | 'sign-in' | 'choice' | 'toggle';
  label: TextKey;
  help: TextKey;
  /** Fields of one group are shown together, in the order of {@link fieldGroups}. */
  group: FieldGroup;
  /** Whether the user must fill in the field while it is shown. */
  required?: boolean;
  /** Whether the field is shown under "More options". */
  advanced?: boolean;
  placeholder?: string;
  choices?: { value: string; label: TextKey; help?: TextKey }[];
  /**
   * Initial value: text, a choice's value, or 'true' / 'false' for a toggle. A toggle without an initial value stays
   * unset until the user sets it; until then, the other settings decide whether the feature is on.
   */
  initial?: string;
  /** Shown only while the other field has this value, or one of these. */
  showWhen?: { field: string; is: string | readonly string[] };
  /** The service can list the possible values of this field once the fields before it are filled in. */
  suggests?: true;
  /** Web page where the user creates or finds the value. */
  page?: string;
  /** The environment variables that set this field. The first one that is not empty takes precedence. */
  variables?: readonly string[];
}

export const fieldGroups = ['sign-in', 'location', 'links', 'names', 'limits', 'network'] as const;
export type FieldGroup = (typeof fieldGroups)[number];

/** Whether the value of a field goes to the key store, and never to the page or a log. */
export const holdsSecret = ({ kind }: Pick<Field, 'kind'>): boolean => kind === 'secret' || kind === 'sign-in';

export const isShown = ({ showWhen }: Field, values: Record<string, string | undefined>): boolean =>
  showWhen === undefined ||
  (typeof showWhen.is === 'string' ? [showWhen.is] : showWhen.is).includes(values[showWhen.field] ?? '');

/** A well-known service with the same API; choosing it fills in some fields. Data, never code. */
export interface Preset {
  id: string;
  name: string;
  values: Record<string, string>;
  /** Keys of the optional fields that the form shows directly, because this service needs them. */
  asks: string[];
  help?: TextKey;
  /** Web page where this service shows its keys. */
  page?: string;
}

export interface Capabilities {
  /** Maximum file size in bytes. */
  maxBytes: number;
  visibilities: Visibility[];
  /** Link kinds that the user can choose for a single upload. */
  supportedLinkKinds: readonly LinkKind[];
  /** A stored file can have several links, each with its own expiry. */
  manyLinks: boolean;
  canDelete: boolean;
  /** A link can stop working while the file stays stored. */
  canRevokeLinks?: true;
}

/**
 * The current step of a sign-in: the browser shows the service's page `url`. `code`: the user compares it with the page
 * or enters it there. `paste`: the page shows a code that the user enters in Hoist.
 */
export interface SignInStep {
  url: string;
  code?: string;
  paste?: true;
}

/**
 * Why a device code was rejected: by the service, or before sending it, because it was used before or has the wrong
 * form.
 */
export type CodeRefusal = 'wrong' | 'used' | 'shape';

export interface ProviderInfo {
  id: ProviderId;
  name: string;
  help: TextKey;
  fields: Field[];
  presets: Preset[];
  capabilities: Capabilities;
}
