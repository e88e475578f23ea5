/** How components reach the stores: each hook re-renders only when what it selects changes. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { AppState } from './stores/app.ts';
import type { FeedbackState } from './stores/feedback.ts';
import type { Hoist } from './hoist.ts';
import type { Mirror } from './stores/mirror.ts';
import type { ProfilesState } from './stores/profiles.ts';
import type { AppSettings } from '../src-shared/app-settings.ts';
import type { ScreenState } from './stores/screen.ts';
import type { WorkState } from './stores/work.ts';

export const HoistContext = createContext<Hoist | undefined>(undefined);

export function useHoist(): Hoist {
  const hoist = useContext(HoistContext);
  if (!hoist) throw new Error('useHoist outside of HoistContext');
  return hoist;
}

export const useUploads = <T>(select: (state: Mirror) => T): T => useStore(useHoist().uploads, select);
export const useProfiles = <T>(select: (state: ProfilesState) => T): T => useStore(useHoist().profiles, select);
export const useApp = <T>(select: (state: AppState) => T): T => useStore(useHoist().app, select);
export const useScreen = <T>(select: (state: ScreenState) => T): T => useStore(useHoist().screen, select);
export const useSettings = <T>(select: (state: AppSettings) => T): T => useStore(useHoist().settings, select);
export const useFeedback = <T>(select: (state: FeedbackState) => T): T => useStore(useHoist().feedback, select);
export const useWork = <T>(select: (state: WorkState) => T): T => useStore(useHoist().work, select);
