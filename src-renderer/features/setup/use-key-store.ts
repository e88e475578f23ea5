/** The key store of this computer. Loading may show a system prompt, so it loads only when the user enters keys. */
import { useEffect, useState } from 'react';
import type { KeyStore } from '../../../src-shared/profile.ts';
import { useHoist } from '../../use-hoist.ts';

/** Undefined until loaded. */
export function useKeyStore({ isEnabled }: { isEnabled: boolean }): KeyStore | undefined {
  const { bridge } = useHoist();
  const [store, setStore] = useState<KeyStore>();
  useEffect(() => {
    if (!isEnabled) return undefined;
    let isMounted = true;
    void bridge.profiles.keyStore().then((answer) => {
      if (isMounted && answer.ok) setStore(answer.value);
    });
    return () => {
      isMounted = false;
    };
  }, [bridge, isEnabled]);
  return store;
}
