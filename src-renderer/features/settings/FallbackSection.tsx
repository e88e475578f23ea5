import { ArrowDown, ArrowUp, Plus } from 'lucide-react';
import { useEffect, useRef, type RefObject } from 'react';
import type { ProfileView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { ProfileId } from '../../../src-shared/upload.ts';
import { refreshProfiles } from '../../stores/profiles.ts';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { SwitchField } from '../../ui/SwitchField.tsx';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { linkKind } from '../setup/link-kind.ts';
import { told } from '../uploads/act.ts';
import { changedOrder, fallbackOrder, type Change } from './fallback-order.ts';
import styles from './SettingsDialog.module.css';

/** Where an upload goes on when a destination fails. With one destination there is nowhere to go. */
export function FallbackSection({ destinations }: { destinations: ProfileView[] }) {
  const hoist = useHoist();
  const fallback = useProfiles((state) => state.fallback);
  const { order, others } = fallbackOrder(fallback.order, destinations);
  const { place, focus } = useFocusAfter();
  if (destinations.length < 2) return null;

  const save = async (on: boolean, ids: ProfileId[]): Promise<boolean> => {
    const isSaved = await told(hoist, hoist.bridge.profiles.fallback({ on, order: ids }));
    await refreshProfiles(hoist.profiles, hoist.bridge);
    return isSaved;
  };
  const change = async (what: Change, profile: ProfileView, next: string): Promise<void> => {
    const ids = changedOrder(order.map(({ id }) => id), what);
    focus(next);
    if (await save(true, ids)) hoist.announcer.answer(sentenceOf(what, profile, ids));
  };
  // Whoever switches it on without having chosen means all of them.
  const turn = (on: boolean): void => { void save(on, (on && order.length === 0 ? destinations : order).map(({ id }) => id)); };
  return (
    <section ref={place} className={styles.section} aria-labelledby="settings-fallback">
      <h2 id="settings-fallback">{text('ui.settings.fallback')}</h2>
      <SwitchField label={text('ui.settings.fallback.switch')} help={text(fallback.on ? 'ui.settings.fallback.help' : 'ui.settings.fallback.off')} isSelected={fallback.on} onChange={turn} />
      {fallback.on && order.length === 0 && <p className={styles.detail}>{text('ui.settings.fallback.none')}</p>}
      {fallback.on && order.length > 0 && (
        <ol className={styles.list} aria-label={text('ui.settings.fallback.order')}>
          {order.map((profile, index) => (
            <li key={profile.id} className={styles.destination}>
              <Step profile={profile} place={index + 1} count={order.length} onChange={change} />
            </li>
          ))}
        </ol>
      )}
      {fallback.on && others.length > 0 && (
        <div className={styles.others}>
          {others.map((profile) => (
            <Button key={profile.id} tone="quiet" onPress={() => { void change({ add: profile.id }, profile, `leave-out ${profile.id}`); }}>
              <Plus size={14} aria-hidden />{text('ui.settings.fallback.add', { name: profile.name })}
            </Button>
          ))}
        </div>
      )}
    </section>
  );
}

function sentenceOf(change: Change, { id, name }: ProfileView, ids: ProfileId[]): string {
  const place = ids.indexOf(id) + 1;
  if ('leaveOut' in change) return text('ui.settings.fallback.left-out', { name });
  return 'add' in change ? text('ui.settings.fallback.added', { name, place }) : text('ui.settings.fallback.moved', { name, place, count: ids.length });
}

interface StepProps { profile: ProfileView; place: number; count: number; onChange: (change: Change, profile: ProfileView, next: string) => Promise<void> }

/** A button that cannot go further gives the focus to the one that can. */
function Step({ profile, place, count, onChange }: StepProps) {
  const { id, name } = profile;
  const move = (by: 1 | -1): void => {
    const reached = place + by;
    const isAtEnd = reached <= 1 || reached >= count;
    const stays = by < 0 ? 'up' : 'down';
    const turns = by < 0 ? 'down' : 'up';
    void onChange({ move: id, by }, profile, `${isAtEnd ? turns : stays} ${id}`);
  };
  return (
    <>
      <span className={styles.number} aria-hidden="true">{place}</span>
      <div className={styles.what}>
        <div className={styles.name}><span>{name}</span></div>
        <div className={styles.facts}>{linkKind(profile)}</div>
      </div>
      <span className={styles.steps}>
        {place > 1 && <span data-focus={`up ${id}`}><IconButton icon={ArrowUp} label={text('ui.settings.fallback.up', { name })} onPress={() => move(-1)} /></span>}
        {place < count && <span data-focus={`down ${id}`}><IconButton icon={ArrowDown} label={text('ui.settings.fallback.down', { name })} onPress={() => move(1)} /></span>}
        <span data-focus={`leave-out ${id}`}><Button tone="quiet" label={text('ui.settings.fallback.leave-out-label', { name })} onPress={() => { void onChange({ leaveOut: id }, profile, ''); }}>{text('ui.settings.fallback.leave-out')}</Button></span>
      </span>
    </>
  );
}

/** What was pressed has moved or is gone: where the focus goes once the list is drawn again. */
function useFocusAfter(): { place: RefObject<HTMLElement | null>; focus: (name: string) => void } {
  const place = useRef<HTMLElement>(null);
  const wanted = useRef<string>(undefined);
  useEffect(() => {
    if (wanted.current === undefined || !place.current) return;
    const target = place.current.querySelector<HTMLElement>(`[data-focus="${CSS.escape(wanted.current)}"] button`) ?? place.current.querySelector<HTMLElement>('button, input');
    if (document.activeElement !== target) target?.focus();
    wanted.current = undefined;
  });
  return { place, focus: (name) => { wanted.current = name; } };
}
