/** Everything the page can call: `window.hoist`, exposed by the preload and typed by the contract. */
import type { Bridge } from '../src-shared/ipc/contract.ts';

export type HoistBridge = Bridge<File>;

declare global {
  interface Window {
    hoist: HoistBridge;
  }
}
