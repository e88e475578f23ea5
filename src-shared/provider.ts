/** A provider as data: what draws the setup form and the command line's setup text. The code that talks to it is in src-main/providers. */
import type { TextKey } from './text/text.ts';
import type { Visibility } from './upload.ts';

export const providerIds = ['s3', 'dropbox', 'fal'] as const;
export type ProviderId = (typeof providerIds)[number];

/**
 * One setting of a provider. The same record draws the input, its help and its required mark, decides what is redacted
 * in logs, and what goes to the secret store (`kind: 'secret'`).
 */
export interface Field {
  key: string;
  kind: 'text' | 'secret' | 'choice' | 'toggle';
  label: TextKey;
  help: TextKey;
  required?: boolean;
  /** Behind "More options". */
  advanced?: boolean;
  placeholder?: string;
  choices?: { value: string; label: TextKey; help?: TextKey }[];
  /** Value of an untouched field: text, a choice's value, or 'true' / 'false' for a toggle. */
  initial?: string;
  /** Only shown while the other field has this value. */
  showWhen?: { field: string; is: string };
}

/** A well-known service behind the same API: choosing it fills some fields in. Data, never code. */
export interface Preset { id: string; name: string; values: Record<string, string>; help?: TextKey }

export interface Capabilities {
  /** Largest file in bytes. */
  maxBytes: number;
  visibilities: Visibility[];
  canDelete: boolean;
}

export interface ProviderInfo {
  id: ProviderId;
  name: string;
  help: TextKey;
  fields: Field[];
  presets: Preset[];
  capabilities: Capabilities;
}
