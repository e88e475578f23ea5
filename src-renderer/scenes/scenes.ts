/** The scenes: every state of the window, by name. */
import { attentionScenes } from './attention.ts';
import { destinationScenes } from './destinations.ts';
import { practiceScenes } from './practice.ts';
import { reliabilityScenes } from './reliability.ts';
import type { Scene } from './scene-helpers.ts';
import { uploadScenes } from './uploads.ts';
import { wizardScenes } from './wizard.ts';

export const scenes: Record<string, Scene> = {
  ...practiceScenes,
  ...uploadScenes,
  ...attentionScenes,
  ...reliabilityScenes,
  ...wizardScenes,
  ...destinationScenes,
};
