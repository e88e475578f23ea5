/** The contents of Practice: loaded when the settings open, when an upload ends, and on request. */
import { useCallback, useEffect, useState } from 'react';
import type { PracticeUsage } from '../../../src-shared/profile.ts';
import { useHoist } from '../../use-hoist.ts';

/** `usage`: undefined until loaded. */
export function usePracticeUsage(): { usage?: PracticeUsage; refresh: () => Promise<void> } {
  const { bridge, uploads } = useHoist();
  const [usage, setUsage] = useState<PracticeUsage>();
  const refresh = useCallback(async (): Promise<void> => {
    const answer = await bridge.practice.usage();
    if (answer.ok) setUsage(answer.value);
  }, [bridge]);
  useEffect(() => {
    void (async () => {
      await refresh();
    })();
    return uploads.subscribe((after, before) => {
      if (after.totals.done !== before.totals.done) void refresh();
    });
  }, [refresh, uploads]);
  return { usage, refresh };
}
