/** Signals end the app without a confirmation: the system does not wait for an answer. */
import { app } from 'electron';
import { StopRequests, stopSignals } from '../platform/stop-requests.ts';

/** @param quit called once */
export function quitOnSignals(quit: () => void): void {
  const stop = new StopRequests({ exit: () => app.exit(1), now: () => performance.now() });
  stop.signal.addEventListener('abort', quit);
  for (const signal of stopSignals)
    process.on(signal, () => {
      // A signal to the process group also ends Chromium's helper processes. Chromium crashes when it can't restart its
      // GPU process a few times, and that takes only milliseconds.
      app.commandLine.appendSwitch('disable-gpu-process-crash-limit');
      stop.request();
    });
}
