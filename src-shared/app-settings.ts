/** Settings of the app itself, not of a destination. */
import * as v from 'valibot';

export const appSettings = v.object({
  /** Whether to ask for names before files are sent. */
  askName: v.boolean(),
});

export type AppSettings = v.InferOutput<typeof appSettings>;

export const initialAppSettings: AppSettings = { askName: false };
