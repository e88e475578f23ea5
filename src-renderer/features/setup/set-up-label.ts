import { isPractice, type ProfilesState } from '../../stores/profiles.ts';

/** "Set up" for the first destination, "Add" for others. */
export const setUpLabel = ({ profiles }: ProfilesState): 'ui.bar.add' | 'ui.bar.set-up' =>
  profiles.every(isPractice) ? 'ui.bar.set-up' : 'ui.bar.add';
