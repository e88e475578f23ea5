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
import type { ProfileView, RemovalImpact } from '../../../src-shared/profile.ts';
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
import { linkKindLabel } from '../setup/link-kind.ts';
import { editReason, isRecheck, stateRemedy, stateSentence, stateDisplay } from '../setup/profile-state.ts';
import { showError, withErrorToast } from '../uploads/run-row-action.ts';
import styles from './DestinationsSection.module.css';
import { useQuestionFocus } from './use-question-focus.ts';

export interface DestinationRowProps {
  profile: ProfileView;
  position: number;
  count: number;
  onMove: (by: 1 | -1) => void;
}

/** `confirming`: asks before the destination is removed. `impact`: how the removal affects its uploads. */
type Step = { is: 'idle' } | { is: 'confirming'; impact: RemovalImpact };

/** One destination: its name, its links, its status and its actions. */
export function DestinationRow(props: DestinationRowProps) {
  const { profile } = props;
  const hoist = useHoist();
  const [step, setStep] = useState<Step>({ is: 'idle' });
  const { trigger, focusNext } = useQuestionFocus();
  const confirmRemoval = async (): Promise<void> => {
    const answer = await hoist.bridge.profiles.removalImpact({ id: profile.id });
    if (answer.ok) setStep({ is: 'confirming', impact: answer.value });
    else showError(hoist, answer.error);
  };
  if (step.is === 'confirming')
    return (
      <RemoveConfirmation
        profile={profile}
        impact={step.impact}
        onCancel={() => {
          focusNext('trigger');
          setStep({ is: 'idle' });
        }}
      />
    );
  return (
    <IdleRow
      {...props}
      menu={trigger}
      onRemove={() => {
        void confirmRemoval();
      }}
    />
  );
}

/** The row while it shows no question. */
function IdleRow({
  profile,
  position,
  count,
  onMove,
  menu,
  onRemove,
}: DestinationRowProps & { menu: RefObject<HTMLButtonElement | null>; onRemove: () => void }) {
  const hoist = useHoist();
  const isCurrent = useProfiles((state) => state.current === profile.id);
  const { name } = profile;
  const state = stateDisplay(profile);
  const sentence = stateSentence(profile);
  const choices = menuItems({ profile, position, count, isCurrent });
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
        <div className={styles.facts}>{joinFacts([linkKindLabel(profile), ...storageFacts(profile)])}</div>
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
              else void runMenuItem(hoist, profile, id);
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

/** Where the keys are stored. Nothing for a missing or locked key, because the status of the row shows that. */
function storageFacts({ secretStorage, keyStore }: ProfileView): string[] {
  if (secretStorage === 'missing' || secretStorage === 'locked') return [];
  return [
    secretStorage === 'saved' && keyStore
      ? text('ui.settings.secret-storage.saved-in', { name: keyStore })
      : text(`ui.settings.secret-storage.${secretStorage}`),
  ];
}

/**
 * The main button of the row: fixes the destination. If it needs no fix, the button makes it the current one when the
 * current one cannot be used, and otherwise opens its form.
 */
function Remedy({ profile }: { profile: ProfileView }) {
  const hoist = useHoist();
  const { id, name } = profile;
  const remedy = stateRemedy(profile);
  const canReplaceCurrent = useProfiles(
    (state) => state.current !== id && (currentProfile(state)?.status.state ?? 'ready') !== 'ready',
  );
  if (!remedy && canReplaceCurrent)
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
    if (isRecheck(remedy)) void withErrorToast(hoist, hoist.bridge.profiles.check({ ids: [id] }));
    else edit(hoist, id, editReason(profile));
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

const edit = (hoist: Hoist, profileId: string, reason: ReturnType<typeof editReason> = {}): void =>
  hoist.screen.setState({ settings: false, setup: { kind: 'edit', profileId, then: 'retry', ...reason } });

type Choice = 'use' | 'edit' | 'check' | 'duplicate' | 'up' | 'down' | 'remove';

function menuItems({
  position,
  count,
  isCurrent,
}: {
  profile: ProfileView;
  position: number;
  count: number;
  isCurrent: boolean;
}): { id: Choice; icon: LucideIcon; tone?: 'danger' }[] {
  return [
    ...(isCurrent ? [] : [{ id: 'use' as const, icon: Check }]),
    { id: 'edit', icon: Pencil },
    { id: 'check', icon: RefreshCw },
    { id: 'duplicate', icon: Copy },
    ...(position > 1 ? [{ id: 'up' as const, icon: ArrowUp }] : []),
    ...(position < count ? [{ id: 'down' as const, icon: ArrowDown }] : []),
    { id: 'remove', icon: Trash2, tone: 'danger' },
  ];
}

async function runMenuItem(hoist: Hoist, { id, name }: ProfileView, choice: string): Promise<void> {
  const { profiles } = hoist.bridge;
  if (choice === 'use') await chooseDestination(hoist, id);
  else if (choice === 'edit') edit(hoist, id);
  else if (choice === 'check') await withErrorToast(hoist, profiles.check({ ids: [id] }));
  else if (choice === 'duplicate') {
    const answer = await profiles.duplicate({ id });
    if (!answer.ok) {
      showError(hoist, answer.error);
      return;
    }
    await refreshProfiles(hoist.profiles, hoist.bridge);
    hoist.announcer.announceNow(text('ui.settings.duplicated', { name, copy: answer.value.name }));
  }
}

function RemoveConfirmation({
  profile,
  impact,
  onCancel,
}: {
  profile: ProfileView;
  impact: RemovalImpact;
  onCancel: () => void;
}) {
  const hoist = useHoist();
  const { name } = profile;
  return (
    <div className={styles.confirming}>
      <div className={styles.what} role="alert">
        <div className={styles.question}>{text('ui.settings.remove-question', { name })}</div>
        <p className={styles.loss}>
          {[
            impact.unfinished > 0 && text('ui.settings.remove.unfinished', { count: impact.unfinished }),
            impact.done > 0 && text('ui.settings.remove.done', { count: impact.done }),
            text(profile.signsIn ? 'ui.settings.remove.sign-in' : 'ui.settings.remove.keys'),
          ]
            .filter(Boolean)
            .join(' ')}
        </p>
      </div>
      <div className={styles.buttons}>
        <Button autoFocus onPress={onCancel}>
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
    showError(hoist, answer.error);
    return;
  }
  await Promise.all([refreshProfiles(hoist.profiles, hoist.bridge), loadApp(hoist.app, hoist.bridge)]);
  const sentence = text('ui.toast.removed-destination', { name });
  showToast(hoist.feedback, { sentence, tone: 'done' });
  hoist.announcer.announceNow(sentence);
}
