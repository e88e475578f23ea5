import { isPractice, type ProfilesState } from '../../stores/profiles.ts';

/** The first one is set up; others are added. */
export const setUpLabel = ({ profiles }: ProfilesState): 'ui.bar.add' | 'ui.bar.set-up' =>
  profiles.every(isPractice) ? 'ui.bar.set-up' : 'ui.bar.add';
