/**
 * Requests from main what follows from the values of the form: the link that a file would get, and the fields that a
 * pasted address contains. Needs no network access.
 */
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { FormPreview, ProfileDraft } from '../../../src-shared/profile.ts';
import { useHoist } from '../../use-hoist.ts';
import type { FormDraft } from './form-draft.ts';

/** ms without typing before the preview updates */
const pauseMs = 250;

export function useFormPreview(draft: FormDraft, asProfile: (draft: FormDraft) => ProfileDraft): FormPreview {
  const { bridge } = useHoist();
  const [preview, setPreview] = useState<FormPreview>({ parsedFields: {} });
  const latest = useRef(0);
  const load = useEffectEvent(async (requested: FormDraft): Promise<void> => {
    latest.current += 1;
    const current = latest.current;
    const answer = await bridge.profiles.preview(asProfile(requested));
    // Ignore the response if the values have changed in the meantime.
    if (current === latest.current && answer.ok) setPreview(answer.value);
  });
  useEffect(() => {
    const timer = setTimeout(() => void load(draft), pauseMs);
    return () => clearTimeout(timer);
  }, [draft]);
  return preview;
}
