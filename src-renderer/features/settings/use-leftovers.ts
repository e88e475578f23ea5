/** Remote data of unfinished uploads: loaded when the settings open, when an upload ends, and on request. */
import { useCallback, useEffect, useState } from 'react';
import type { Leftovers } from '../../../src-shared/ipc/contract.ts';
import { useHoist } from '../../use-hoist.ts';

/** `leftovers`: undefined until loaded. */
export function useLeftovers(): { leftovers?: Leftovers; refresh: () => Promise<void> } {
  const { bridge, uploads } = useHoist();
  const [leftovers, setLeftovers] = useState<Leftovers>();
  const refresh = useCallback(async (): Promise<void> => {
    const answer = await bridge.uploads.leftovers();
    if (answer.ok) setLeftovers(answer.value);
  }, [bridge]);
  useEffect(() => {
    void (async () => {
      await refresh();
    })();
    return uploads.subscribe((after, before) => {
      if (after.totals !== before.totals) void refresh();
    });
  }, [refresh, uploads]);
  return { leftovers, refresh };
}
