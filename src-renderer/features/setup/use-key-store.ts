/** What encrypts keys on this computer. The system may have to ask its user, so it is asked only when keys are to be entered. */
import { useEffect, useState } from 'react';
import type { KeyStore } from '../../../src-shared/profile.ts';
import { useHoist } from '../../use-hoist.ts';

/** Undefined until it is known. */
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
