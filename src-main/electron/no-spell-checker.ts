/**
 * Stops Chromium's spell checker, which downloads a dictionary for each new session from a server of Google, also when
 * no window uses it.
 */
import { app } from 'electron';

/** Called before `ready`, when no session exists yet. */
export function disableSpellChecker(): void {
  app.on('session-created', (created) => {
    created.setSpellCheckerEnabled(false);
    // Without a language there is no dictionary to download. macOS has its own dictionaries and ignores this call.
    created.setSpellCheckerLanguages([]);
  });
}
