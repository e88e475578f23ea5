import { ArrowUpFromLine, ChevronDown, Pencil, Plus, SquareTerminal } from 'lucide-react';
import { Button, MenuTrigger } from 'react-aria-components';
import type { ProfileView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { classNames } from '../../ui/class-names.ts';
import { glyph } from '../../ui/glyph.ts';
import { MenuItem, MenuPopover, MenuSection } from '../../ui/Menu.tsx';
import { currentProfile, isPractice, type ProfilesState } from '../../stores/profiles.ts';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { sendPending } from '../drop/send-files.ts';
import type { Hoist } from '../../hoist.ts';
import { linkKindLabel } from './link-kind.ts';
import { chooseLinkOverride, chosenLinkOverride, linkOverrideChoices } from './link-override.ts';
import { adoptDiscovered, chooseDestination } from './choose-destination.ts';
import styles from './DestinationMenu.module.css';
import { discoveredTitle, discoveredSource } from './discovered-text.ts';
import { nameDetail, stateDisplay } from './profile-state.ts';
import { setUpLabel } from './set-up-label.ts';

const needsAttention = (profile: ProfileView): boolean => profile.status.state !== 'ready';

/** @param id ID of a menu item: an action and its target, such as `use:PROFILE` */
function runMenuItem(hoist: Hoist, state: ProfilesState, id: string): void {
  const [action, target] = id.split(':');
  const override = linkOverrideChoices(state).find((choice) => `link-override:${choice.id}` === id);
  if (override) void chooseLinkOverride(hoist, override.id);
  const discovered = state.discovered.find((credentials) => `adopt:${credentials.id}` === id);
  if (action === 'use' && target !== undefined)
    void chooseDestination(hoist, target).then(() => sendPending(hoist, target));
  else if (action === 'adopt' && discovered) void adoptDiscovered(hoist, discovered);
  else if (action === 'edit' && state.current !== undefined)
    hoist.screen.setState({ setup: { kind: 'edit', profileId: state.current } });
  else if (action === 'add') hoist.screen.setState({ setup: { kind: 'add' } });
}

/** Shows the current destination and its link kind, and opens the menu of all destinations. */
export function DestinationMenu() {
  const hoist = useHoist();
  const state = useProfiles((profiles) => profiles);
  const current = currentProfile(state);
  return (
    <MenuTrigger>
      <Button className={styles.button ?? ''}>
        <ArrowUpFromLine size={16} aria-hidden />
        <span className={styles.name}>{current?.name ?? text('ui.bar.none')}</span>
        {current && (
          <span
            className={classNames(
              styles.kind,
              needsAttention(current) && styles.warn,
              needsAttention(current) && glyph(stateDisplay(current).glyph),
            )}
          >
            {nameDetail(current, state.linkOverride)}
          </span>
        )}
        <ChevronDown size={14} className={styles.chevron} aria-hidden />
      </Button>
      <MenuPopover label={text('ui.bar.destinations')} onAction={(id) => runMenuItem(hoist, state, id)}>
        {state.profiles.length > 0 && (
          <MenuSection
            title={text('ui.bar.destinations')}
            chosen={state.current === undefined ? '' : `use:${state.current}`}
          >
            {state.profiles.map((profile) => (
              <MenuItem
                key={profile.id}
                id={`use:${profile.id}`}
                label={profile.name}
                description={nameDetail(profile)}
                tone={needsAttention(profile) ? 'warn' : undefined}
                glyph={needsAttention(profile) ? stateDisplay(profile).glyph : undefined}
              />
            ))}
          </MenuSection>
        )}
        <LinkOverrideSection state={state} />
        {state.discovered.length > 0 && (
          <MenuSection title={text('ui.discovered.title')}>
            {state.discovered.map((discovered) => (
              <MenuItem
                key={discovered.id}
                id={`adopt:${discovered.id}`}
                icon={SquareTerminal}
                label={text(discovered.needs.length > 0 ? 'ui.discovered.menu-setup' : 'ui.discovered.menu', {
                  credentials: discoveredTitle(discovered),
                })}
                description={discoveredSource(discovered)}
              />
            ))}
          </MenuSection>
        )}
        <MenuSection>
          {current && !isPractice(current) && (
            <MenuItem id="edit" icon={Pencil} label={text('ui.bar.edit', { name: current.name })} />
          )}
          <MenuItem id="add" icon={Plus} label={text(setUpLabel(state))} />
        </MenuSection>
      </MenuPopover>
    </MenuTrigger>
  );
}

/** Chooses another link kind for the next files only, without a second destination. */
function LinkOverrideSection({ state }: { state: ProfilesState }) {
  const current = currentProfile(state);
  const overrides = linkOverrideChoices(state);
  if (!current || overrides.length === 0) return null;
  return (
    <MenuSection
      title={text('ui.link-override.title')}
      chosen={`link-override:${chosenLinkOverride(state.linkOverride)}`}
    >
      {overrides.map(({ id, label }) => (
        <MenuItem
          key={id}
          id={`link-override:${id}`}
          label={label}
          {...(id === 'as-set' && { description: linkKindLabel(current) })}
        />
      ))}
    </MenuSection>
  );
}
