import {
  ArrowDown,
  ArrowUp,
  Check,
  Copy,
  Ellipsis,
  GripVertical,
  Pencil,
  RefreshCw,
  Trash2,
  type LucideIcon,
} from 'lucide-react';
import { useState, type RefObject } from 'react';
import { Button as AriaButton, MenuTrigger } from 'react-aria-components';
import type { ProfileView, Removal } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { joinFacts } from '../../format/join.ts';
import type { Hoist } from '../../hoist.ts';
import { loadApp } from '../../stores/app.ts';
import { showToast } from '../../stores/feedback.ts';
import { currentProfile, refreshProfiles } from '../../stores/profiles.ts';
import { Button } from '../../ui/Button.tsx';
import { Chip } from '../../ui/Chip.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { MenuItem, MenuPopover } from '../../ui/Menu.tsx';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { chooseDestination } from '../setup/choose-destination.ts';
import { linkKind } from '../setup/link-kind.ts';
import { isLook, stateRemedy, stateSentence, stateWords } from '../setup/profile-state.ts';
import { tellError, told } from '../uploads/act.ts';
import styles from './DestinationsSection.module.css';
import { usePlaces } from './use-places.ts';

export interface RowProps {
  profile: ProfileView;
  place: number;
  count: number;
  onMove: (by: 1 | -1) => void;
}

/** `what`: what would become of its uploads. */
type Step = { is: 'rest' } | { is: 'asking'; what: Removal };

/** One destination: its name, what its links are, whether it can be used, and everything that can be done with it. */
export function DestinationRow(props: RowProps) {
  const { profile } = props;
  const hoist = useHoist();
  const [step, setStep] = useState<Step>({ is: 'rest' });
  const { asker, next } = usePlaces();
  const ask = async (): Promise<void> => {
    const answer = await hoist.bridge.profiles.removal({ id: profile.id });
    if (answer.ok) setStep({ is: 'asking', what: answer.value });
    else tellError(hoist, answer.error);
  };
  if (step.is === 'asking')
    return (
      <Removing
        profile={profile}
        what={step.what}
        onKeep={() => {
          next('asker');
          setStep({ is: 'rest' });
        }}
      />
    );
  return (
    <Resting
      {...props}
      menu={asker}
      onRemove={() => {
        void ask();
      }}
    />
  );
}

function Resting({
  profile,
  place,
  count,
  onMove,
  menu,
  onRemove,
}: RowProps & { menu: RefObject<HTMLButtonElement | null>; onRemove: () => void }) {
  const hoist = useHoist();
  const isCurrent = useProfiles((state) => state.current === profile.id);
  const { name } = profile;
  const state = stateWords(profile);
  const sentence = stateSentence(profile);
  const choices = choicesOf({ profile, place, count, isCurrent });
  return (
    <div className={styles.row} data-state={state.state}>
      {count > 1 && (
        <AriaButton slot="drag" className={styles.grip ?? ''} aria-label={text('ui.settings.drag', { name })}>
          <GripVertical size={14} aria-hidden />
        </AriaButton>
      )}
      <div className={styles.what}>
        <div className={styles.name}>
          <span title={name}>{name}</span>
          {isCurrent && <Chip tone="plain" icon="check" label={text('ui.settings.current')} />}
        </div>
        <div className={styles.facts}>{joinFacts([linkKind(profile), ...keptFacts(profile)])}</div>
      </div>
      <div className={styles.state}>
        <Chip tone={state.tone} icon={state.glyph} label={state.label} />
      </div>
      <div className={styles.buttons}>
        <Remedy profile={profile} />
        <MenuTrigger>
          <IconButton
            icon={Ellipsis}
            ref={menu}
            label={text('ui.settings.more', { name })}
            aria-haspopup="menu"
            onPress={() => undefined}
          />
          <MenuPopover
            label={text('ui.settings.more', { name })}
            placement="bottom end"
            onAction={(id) => {
              if (id === 'remove') onRemove();
              else if (id === 'up' || id === 'down') onMove(id === 'up' ? -1 : 1);
              else void run(hoist, profile, id);
            }}
          >
            {choices.map(({ id, icon, tone }) => (
              <MenuItem key={id} id={id} icon={icon} tone={tone} label={text(`ui.settings.menu.${id}`)} />
            ))}
          </MenuPopover>
        </MenuTrigger>
      </div>
      {sentence !== undefined && <p className={styles.sentence}>{sentence}</p>}
    </div>
  );
}

/** With the key store's name, where there is one. That a key is not there is said by its state. */
function keptFacts({ kept, keyStore }: ProfileView): string[] {
  if (kept === 'missing' || kept === 'locked') return [];
  return [
    kept === 'saved' && keyStore
      ? text('ui.settings.kept.saved-in', { name: keyStore })
      : text(`ui.settings.kept.${kept}`),
  ];
}

function Remedy({ profile }: { profile: ProfileView }) {
  const hoist = useHoist();
  const { id, name } = profile;
  const remedy = stateRemedy(profile);
  const isInstead = useProfiles(
    (state) => state.current !== id && (currentProfile(state)?.status.state ?? 'ready') !== 'ready',
  );
  if (!remedy && isInstead)
    return (
      <Button
        label={text('ui.settings.use-instead-label', { name })}
        onPress={() => {
          void chooseDestination(hoist, id);
        }}
      >
        {text('ui.settings.use-instead')}
      </Button>
    );
  if (!remedy)
    return (
      <Button label={text('ui.settings.edit-label', { name })} tone="quiet" onPress={() => edit(hoist, id)}>
        {text('ui.settings.edit')}
      </Button>
    );
  const press = (): void => {
    if (isLook(remedy)) void told(hoist, hoist.bridge.profiles.check({ ids: [id] }));
    else edit(hoist, id);
  };
  return (
    <Button
      label={text(`ui.status.${remedy}-label`, { name })}
      isDisabled={profile.status.isChecking === true}
      onPress={press}
    >
      {text(`ui.status.${remedy}`)}
    </Button>
  );
}

const edit = (hoist: Hoist, profileId: string): void =>
  hoist.screen.setState({ settings: false, setup: { kind: 'edit', profileId, then: 'retry' } });

type Choice = 'use' | 'edit' | 'check' | 'duplicate' | 'up' | 'down' | 'remove';

function choicesOf({
  place,
  count,
  isCurrent,
}: {
  profile: ProfileView;
  place: number;
  count: number;
  isCurrent: boolean;
}): { id: Choice; icon: LucideIcon; tone?: 'danger' }[] {
  return [
    ...(isCurrent ? [] : [{ id: 'use' as const, icon: Check }]),
    { id: 'edit', icon: Pencil },
    { id: 'check', icon: RefreshCw },
    { id: 'duplicate', icon: Copy },
    ...(place > 1 ? [{ id: 'up' as const, icon: ArrowUp }] : []),
    ...(place < count ? [{ id: 'down' as const, icon: ArrowDown }] : []),
    { id: 'remove', icon: Trash2, tone: 'danger' },
  ];
}

async function run(hoist: Hoist, { id, name }: ProfileView, choice: string): Promise<void> {
  const { profiles } = hoist.bridge;
  if (choice === 'use') await chooseDestination(hoist, id);
  else if (choice === 'edit') edit(hoist, id);
  else if (choice === 'check') await told(hoist, profiles.check({ ids: [id] }));
  else if (choice === 'duplicate') {
    const answer = await profiles.duplicate({ id });
    if (!answer.ok) {
      tellError(hoist, answer.error);
      return;
    }
    await refreshProfiles(hoist.profiles, hoist.bridge);
    hoist.announcer.answer(text('ui.settings.duplicated', { name, copy: answer.value.name }));
  }
}

function Removing({ profile, what, onKeep }: { profile: ProfileView; what: Removal; onKeep: () => void }) {
  const hoist = useHoist();
  const { name } = profile;
  return (
    <div className={styles.asking}>
      <div className={styles.what} role="alert">
        <div className={styles.question}>{text('ui.settings.remove-question', { name })}</div>
        <p className={styles.loss}>
          {text('ui.settings.remove-what', {
            unfinished: what.unfinished,
            done: what.done,
            signsIn: profile.signsIn ? 'yes' : 'no',
          })}
        </p>
      </div>
      <div className={styles.buttons}>
        <Button autoFocus onPress={onKeep}>
          {text('ui.settings.keep')}
        </Button>
        <Button
          tone="danger"
          label={text('ui.settings.remove-label', { name })}
          onPress={() => {
            void removeProfile(hoist, profile);
          }}
        >
          {text('ui.settings.remove')}
        </Button>
      </div>
    </div>
  );
}

async function removeProfile(hoist: Hoist, { id, name }: ProfileView): Promise<void> {
  const answer = await hoist.bridge.profiles.remove({ id });
  if (!answer.ok) {
    tellError(hoist, answer.error);
    return;
  }
  await Promise.all([refreshProfiles(hoist.profiles, hoist.bridge), loadApp(hoist.app, hoist.bridge)]);
  const sentence = text('ui.toast.removed-destination', { name });
  showToast(hoist.feedback, { sentence, tone: 'done' });
  hoist.announcer.answer(sentence);
}
