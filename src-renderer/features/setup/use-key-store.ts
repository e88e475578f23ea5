/** What encrypts keys on this computer. The system may have to ask its user, so it is asked only when keys are to be entered. */
import { useEffect, useState } from 'react';
import type { KeyStore } from '../../../src-shared/profile.ts';
import { useHoist } from '../../use-hoist.ts';

/** Undefined until it is known. */
export function useKeyStore({ isWanted }: { isWanted: boolean }): KeyStore | undefined {
  const { bridge } = useHoist();
  const [store, setStore] = useState<KeyStore>();
  useEffect(() => {
    if (!isWanted) return undefined;
    let isHere = true;
    void bridge.profiles.keyStore().then((answer) => {
      if (isHere && answer.ok) setStore(answer.value);
    });
    return () => {
      isHere = false;
    };
  }, [bridge, isWanted]);
  return store;
}
