/**
 * Runs a sign-in on the service's page in the browser. Main keeps the tokens; the form gets only a handle that stands
 * for them.
 */
import { useEffect, useState } from 'react';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Field, SignInStep } from '../../../src-shared/provider.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { useHoist } from '../../use-hoist.ts';
import { withDestination } from './check-text.ts';
import { toProfileDraft } from './form-draft.ts';
import type { SetupFormState } from './use-setup-form.ts';

export interface SignInState {
  /** Set while the sign-in runs. */
  running?: { step?: SignInStep };
  /** Why the sign-in failed. */
  problem?: string;
  begin: () => void;
  cancel: () => void;
  paste: (code: string) => void;
}

export function useSignIn(field: Field, form: SetupFormState): SignInState {
  const { bridge } = useHoist();
  const [running, setRunning] = useState<SignInState['running']>();
  const [problem, setProblem] = useState<string>();
  const isRunning = running !== undefined;
  useEffect(() => bridge.profiles.signInProgress((step) => setRunning((current) => current && { step })), [bridge]);
  // Leaving the form cancels a waiting sign-in.
  useEffect(
    () =>
      isRunning
        ? () => {
            void bridge.profiles.cancelSignIn();
          }
        : undefined,
    [bridge, isRunning],
  );

  const begin = async (): Promise<void> => {
    setProblem(undefined);
    setRunning({});
    const { draft, provider, known } = form;
    const answer = await bridge.profiles.signIn({
      draft: toProfileDraft(draft, provider, known.profile),
      field: field.key,
    });
    setRunning(undefined);
    if (!answer.ok) {
      showFailure(answer.error);
      return;
    }
    form.setValues({ ...answer.value.settings, [field.key]: answer.value.value });
  };
  const showFailure = (error: AppError): void => {
    // The sign-in may need another field first; the error is then shown at that field.
    const isAboutOtherField = error.field !== undefined && error.field !== field.key;
    if (isAboutOtherField) form.refuse(error);
    else if (error.code !== 'canceled') {
      const { what, remedy } = errorText(withDestination(error, form.destination));
      setProblem(`${what} ${remedy}`);
    }
  };
  return {
    ...(running && { running }),
    ...(problem !== undefined && { problem }),
    begin: () => {
      void begin();
    },
    cancel: () => {
      void bridge.profiles.cancelSignIn();
    },
    paste: (code) => {
      void bridge.profiles.pasteCode({ code });
    },
  };
}
