/** What Practice holds: asked when the settings open, whenever an upload ends while they are open, and at wish. */
import { useCallback, useEffect, useState } from 'react';
import type { PracticeUsage } from '../../../src-shared/profile.ts';
import { useHoist } from '../../use-hoist.ts';

/** `usage`: undefined until it is known. */
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
    return uploads.subscribe((now, before) => {
      if (now.totals.done !== before.totals.done) void refresh();
    });
  }, [refresh, uploads]);
  return { usage, refresh };
}
