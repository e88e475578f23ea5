import { text } from '../../../src-shared/text/text.ts';
import { refreshSettings } from '../../stores/settings.ts';
import { isPractice } from '../../stores/profiles.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { SwitchField } from '../../ui/SwitchField.tsx';
import { useApp, useHoist, useProfiles, useSettings } from '../../use-hoist.ts';
import { withErrorToast } from '../uploads/run-row-action.ts';
import { DestinationsSection } from './DestinationsSection.tsx';
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
    <Dialog title={text('ui.settings.title')} size="medium" closeLabel={text('ui.settings.close')} onClose={close}>
      <div className={styles.body}>
        <DestinationsSection destinations={destinations} />
        <FallbackSection destinations={destinations} />
        <NamesSection />
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

function NamesSection() {
  const hoist = useHoist();
  const asksForNames = useSettings((state) => state.askName);
  const change = async (askName: boolean): Promise<void> => {
    await withErrorToast(hoist, hoist.bridge.settings.set({ askName }));
    await refreshSettings(hoist.settings, hoist.bridge);
  };
  return (
    <section className={styles.section} aria-labelledby="settings-names">
      <h2 id="settings-names">{text('ui.settings.names')}</h2>
      <SwitchField
        label={text('ui.settings.names.ask')}
        help={text('ui.settings.names.ask-help')}
        isSelected={asksForNames}
        onChange={(isSelected) => {
          void change(isSelected);
        }}
      />
    </section>
  );
}
