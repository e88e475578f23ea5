/** What unfinished uploads keep at the stores: asked when the settings open, whenever an upload ends while they are open, and at wish. */
import { useCallback, useEffect, useState } from 'react';
import type { Leftovers } from '../../../src-shared/ipc/contract.ts';
import { useHoist } from '../../use-hoist.ts';

/** `leftovers`: undefined until it is known. */
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
    return uploads.subscribe((now, before) => {
      if (now.totals !== before.totals) void refresh();
    });
  }, [refresh, uploads]);
  return { leftovers, refresh };
}
