/**
 * Keeps Hoist alive when Chromium's GPU process ends again and again. Chromium first gives up the graphics card, and
 * after three more crashes it ends the whole app.
 */
import { app } from 'electron';

export function surviveGpuCrashes(): void {
  app.on('child-process-gone', (_event, { type }) => {
    // Without the switch, Chromium gives up a graphics card whose driver crashes. Later crashes only need a restart.
    if (type === 'GPU' && !usesGraphicsCard()) app.commandLine.appendSwitch('disable-gpu-process-crash-limit');
  });
}

const usesGraphicsCard = (): boolean => app.getGPUFeatureStatus().gpu_compositing.startsWith('enabled');
