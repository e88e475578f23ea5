/**
 * Keeps Hoist running when Chromium's GPU process crashes repeatedly. Chromium first stops using the graphics card, and
 * after three more crashes it ends the whole app.
 */
import { app } from 'electron';

export function surviveGpuCrashes(): void {
  app.on('child-process-gone', (_event, { type }) => {
    // The limit applies until Chromium has stopped using a graphics card whose driver crashes. After that, a crash only
    // needs a new GPU process.
    if (type === 'GPU' && !usesGraphicsCard()) app.commandLine.appendSwitch('disable-gpu-process-crash-limit');
  });
}

const usesGraphicsCard = (): boolean => app.getGPUFeatureStatus().gpu_compositing.startsWith('enabled');
