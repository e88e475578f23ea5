import { useState } from 'react';
import type { ProfileView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { joinFacts } from '../../format/join.ts';
import type { Hoist } from '../../hoist.ts';
import { loadApp } from '../../stores/app.ts';
import { showToast } from '../../stores/feedback.ts';
import { isPractice, refreshProfiles } from '../../stores/profiles.ts';
import { Button } from '../../ui/Button.tsx';
import { Chip } from '../../ui/Chip.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { useApp, useHoist, useProfiles } from '../../use-hoist.ts';
import { linkKind } from '../setup/link-kind.ts';
import { SetUpButton } from '../setup/SetUpButton.tsx';
import { tellError } from '../uploads/act.ts';
import { FallbackSection } from './FallbackSection.tsx';
import { LeftoversSection } from './LeftoversSection.tsx';
import { PracticeSection } from './PracticeSection.tsx';
import styles from './SettingsDialog.module.css';

export function SettingsDialog() {
  const hoist = useHoist();
  const profiles = useProfiles((state) => state.profiles);
  const destinations = profiles.filter((profile) => !isPractice(profile));
  const version = useApp((state) => state.info?.version);
  const close = (): void => hoist.screen.setState({ settings: false });
  return (
    <Dialog title={text('ui.settings.title')} size="narrow" closeLabel={text('ui.settings.close')} onClose={close}>
      <div className={styles.body}>
        <section className={styles.section} aria-labelledby="settings-destinations">
          <h2 id="settings-destinations">{text('ui.settings.destinations')}</h2>
          {destinations.length > 0
            ? <ul className={styles.list}>{destinations.map((profile) => <li key={profile.id} className={styles.destination}><Destination profile={profile} /></li>)}</ul>
            : <p>{text(profiles.length > 0 ? 'ui.settings.none-practice' : 'ui.settings.none')}</p>}
          <div><SetUpButton /></div>
        </section>
        <FallbackSection destinations={destinations} />
        <LeftoversSection />
        <PracticeSection />
        <section className={styles.section} aria-labelledby="settings-appearance">
          <h2 id="settings-appearance">{text('ui.settings.appearance')}</h2>
          <p>{text('ui.settings.appearance-system')}</p>
        </section>
        <section className={styles.section} aria-labelledby="settings-about">
          <h2 id="settings-about">{text('ui.settings.about')}</h2>
          {version !== undefined && <p>{text('ui.settings.version', { version })}</p>}
        </section>
      </div>
    </Dialog>
  );
}

function Destination({ profile }: { profile: ProfileView }) {
  const hoist = useHoist();
  const isCurrent = useProfiles((state) => state.current === profile.id);
  const [isAsking, setAsking] = useState(false);
  const { name } = profile;
  if (isAsking) {
    return (
      <>
        <div className={styles.question} role="alert">{text('ui.settings.remove-question', { name })}<p>{text('ui.settings.remove-detail')}</p></div>
        <Button autoFocus onPress={() => setAsking(false)}>{text('ui.settings.keep')}</Button>
        <Button tone="danger" label={text('ui.settings.remove-label', { name })} onPress={() => { void removeProfile(hoist, profile); }}>{text('ui.settings.remove')}</Button>
      </>
    );
  }
  return (
    <>
      <div className={styles.what}>
        <div className={styles.name}><span>{name}</span>{isCurrent && <Chip tone="plain" icon="check" label={text('ui.settings.current')} />}</div>
        <div className={styles.facts}>{joinFacts([linkKind(profile), text(`ui.settings.kept.${profile.kept}`)])}</div>
      </div>
      <Button tone="quiet" label={text('ui.settings.edit-label', { name })} onPress={() => hoist.screen.setState({ settings: false, setup: { kind: 'edit', profileId: profile.id } })}>{text('ui.settings.edit')}</Button>
      <Button tone="quiet" label={text('ui.settings.remove-label', { name })} onPress={() => setAsking(true)}>{text('ui.settings.remove')}</Button>
    </>
  );
}

async function removeProfile(hoist: Hoist, { id, name }: ProfileView): Promise<void> {
  const answer = await hoist.bridge.profiles.remove({ id });
  if (!answer.ok) { tellError(hoist, answer.error); return; }
  await Promise.all([refreshProfiles(hoist.profiles, hoist.bridge), loadApp(hoist.app, hoist.bridge)]);
  const sentence = text('ui.toast.removed-destination', { name });
  showToast(hoist.feedback, { sentence, tone: 'done' });
  hoist.announcer.answer(sentence);
}
