import { ArrowUpFromLine, ChevronDown, Pencil, Plus, SquareTerminal } from 'lucide-react';
import { Button, MenuTrigger } from 'react-aria-components';
import type { ProfileView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { classNames } from '../../ui/class-names.ts';
import { glyph } from '../../ui/glyph.ts';
import { MenuItem, MenuPopover, MenuSection } from '../../ui/Menu.tsx';
import { currentProfile, isPractice, type Profiles } from '../../stores/profiles.ts';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { sendPending } from '../drop/send.ts';
import type { Hoist } from '../../hoist.ts';
import { linkKind } from './link-kind.ts';
import { chooseWish, chosenWish, wishChoices } from './link-wishes.ts';
import { adoptFound, chooseDestination } from './choose-destination.ts';
import styles from './DestinationMenu.module.css';
import { foundPlace, foundSource } from './found-text.ts';
import { nameWords, stateWords } from './profile-state.ts';
import { setUpLabel } from './set-up-label.ts';

const isNeedy = (profile: ProfileView): boolean => profile.status.state !== 'ready';

/** Ids of the menu's items: what to do, and with which. */
function run(hoist: Hoist, state: Profiles, id: string): void {
  const [verb, of] = id.split(':');
  const wish = wishChoices(state).find((one) => `wish:${one.id}` === id);
  if (wish) void chooseWish(hoist, wish.id);
  const found = state.found.find((one) => `adopt:${one.id}` === id);
  if (verb === 'use' && of !== undefined) void chooseDestination(hoist, of).then(() => sendPending(hoist, of));
  else if (verb === 'adopt' && found) void adoptFound(hoist, found);
  else if (verb === 'edit' && state.current !== undefined)
    hoist.screen.setState({ setup: { kind: 'edit', profileId: state.current } });
  else if (verb === 'add') hoist.screen.setState({ setup: { kind: 'add' } });
}

/** Where files go and what kind of link they get, always in words. */
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
              isNeedy(current) && styles.warn,
              isNeedy(current) && glyph(stateWords(current).glyph),
            )}
          >
            {nameWords(current, state.wish)}
          </span>
        )}
        <ChevronDown size={14} className={styles.chevron} aria-hidden />
      </Button>
      <MenuPopover label={text('ui.bar.destinations')} onAction={(id) => run(hoist, state, id)}>
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
                description={nameWords(profile)}
                tone={isNeedy(profile) ? 'warn' : undefined}
                glyph={isNeedy(profile) ? stateWords(profile).glyph : undefined}
              />
            ))}
          </MenuSection>
        )}
        <WishSection state={state} />
        {state.found.length > 0 && (
          <MenuSection title={text('ui.found.title')}>
            {state.found.map((found) => (
              <MenuItem
                key={found.id}
                id={`adopt:${found.id}`}
                icon={SquareTerminal}
                label={text(found.needs.length > 0 ? 'ui.found.menu-setup' : 'ui.found.menu', {
                  place: foundPlace(found),
                })}
                description={foundSource(found)}
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

/** For a file that somebody else is to see, or that nobody is to see for long, without another destination for it. */
function WishSection({ state }: { state: Profiles }) {
  const current = currentProfile(state);
  const wishes = wishChoices(state);
  if (!current || wishes.length === 0) return null;
  return (
    <MenuSection title={text('ui.wish.title')} chosen={`wish:${chosenWish(state.wish)}`}>
      {wishes.map(({ id, label }) => (
        <MenuItem
          key={id}
          id={`wish:${id}`}
          label={label}
          {...(id === 'as-set' && { description: linkKind(current) })}
        />
      ))}
    </MenuSection>
  );
}
