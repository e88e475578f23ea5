/** What the user chose about the app itself. */
import * as v from 'valibot';

export const appSettings = v.object({
  /** Names are asked for before files are sent. */
  askName: v.boolean(),
});

export type AppSettings = v.InferOutput<typeof appSettings>;

export const initialAppSettings: AppSettings = { askName: false };
