/** A provider as data: what draws the setup form and the command line's setup text. The code that talks to it is in src-main/providers. */
import type { TextKey } from './text/text.ts';
import type { LinkKind, Visibility } from './upload.ts';

/** In the order in which people see them. src-main/providers/registry.ts has exactly these, or does not compile. */
export const providerIds = ['s3', 'dropbox', 'fal'] as const;
export type ProviderId = (typeof providerIds)[number];

/**
 * One setting of a provider. The same record draws the input, its help and its required mark, decides what is redacted
 * in logs, and what goes to the secret store (`kind: 'secret'`).
 */
export interface Field {
  key: string;
  /**
   * `lines`: text of several lines, such as headers or a certificate. `sign-in`: a button that leads through the service's own
   * page in the browser; its value is what came of it, as secret as any key and opaque to everyone but the driver.
   */
  kind: 'text' | 'lines' | 'secret' | 'sign-in' | 'choice' | 'toggle';
  label: TextKey;
  help: TextKey;
  /** What it is about; fields of one group stand together, in the order of {@link fieldGroups}. */
  group: FieldGroup;
  /** While it is shown. */
  required?: boolean;
  /** Behind "More options". */
  advanced?: boolean;
  placeholder?: string;
  choices?: { value: string; label: TextKey; help?: TextKey }[];
  /** Value of an untouched field: text, a choice's value, or 'true' / 'false' for a toggle. */
  initial?: string;
  /** Only shown while the other field has this value, or one of these. */
  showWhen?: { field: string; is: string | readonly string[] };
  /** The provider can be asked which values there are, once the fields before it are filled in. */
  suggests?: true;
  /** Page where the value is made or shown, for people. */
  page?: string;
}

export const fieldGroups = ['sign-in', 'location', 'links', 'names', 'limits', 'network'] as const;
export type FieldGroup = (typeof fieldGroups)[number];

/** Its value goes to the key store, never to the page and never into a log. */
export const holdsSecret = ({ kind }: Pick<Field, 'kind'>): boolean => kind === 'secret' || kind === 'sign-in';

export const isShown = ({ showWhen }: Field, values: Record<string, string | undefined>): boolean =>
  showWhen === undefined ||
  (typeof showWhen.is === 'string' ? [showWhen.is] : showWhen.is).includes(values[showWhen.field] ?? '');

/** A well-known service behind the same API: choosing it fills some fields in. Data, never code. */
export interface Preset {
  id: string;
  name: string;
  values: Record<string, string>;
  /** Fields that need not be filled in everywhere, but have to be asked for here; the others wait under "More options". */
  asks: string[];
  help?: TextKey;
  /** Page where this service shows its keys. */
  page?: string;
}

export interface Capabilities {
  /** Largest file in bytes. */
  maxBytes: number;
  visibilities: Visibility[];
  /** What the link of a single upload can be, whatever the settings say. */
  supportedLinkKinds: readonly LinkKind[];
  /** A stored file has as many links as somebody likes, each with its own end. */
  manyLinks: boolean;
  canDelete: boolean;
}

/**
 * Where a person is in a sign-in: at the service's page `url`, which the browser shows. `code`: the page shows the same, or asks
 * for it. `paste`: the page ends with a code that has to be entered here.
 */
export interface SignInStep {
  url: string;
  code?: string;
  paste?: true;
}

/** A code of a device that was not taken: the service said no, or nobody sent it, because it was used before or is none. */
export type CodeRefusal = 'wrong' | 'used' | 'shape';

export interface ProviderInfo {
  id: ProviderId;
  name: string;
  help: TextKey;
  fields: Field[];
  presets: Preset[];
  capabilities: Capabilities;
}
