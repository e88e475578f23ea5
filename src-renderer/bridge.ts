/** The page's whole world: `window.hoist`, exposed by the preload, typed by the one contract. */
import type { Bridge } from '../src-shared/ipc/contract.ts';

export type HoistBridge = Bridge<File>;

declare global {
  interface Window {
    hoist: HoistBridge;
  }
}
