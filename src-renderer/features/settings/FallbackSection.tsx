import type { ProfileView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { ProfileId } from '../../../src-shared/upload.ts';
import { refreshProfiles } from '../../stores/profiles.ts';
import { SwitchField } from '../../ui/SwitchField.tsx';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { withErrorToast } from '../uploads/run-row-action.ts';
import { withFallback, fallbackOrder } from './list-order.ts';
import styles from './SettingsDialog.module.css';

/** The destinations to try when an upload fails, in the order of the list. */
export function FallbackSection({ destinations }: { destinations: ProfileView[] }) {
  const hoist = useHoist();
  const fallback = useProfiles((state) => state.fallback);
  if (destinations.length < 2) return null;
  const order = fallbackOrder(destinations, fallback.order);

  const save = async (on: boolean, ids: ProfileId[]): Promise<boolean> => {
    const isSaved = await withErrorToast(hoist, hoist.bridge.profiles.setFallback({ on, order: ids }));
    await refreshProfiles(hoist.profiles, hoist.bridge);
    return isSaved;
  };
  // When fallback is switched on and no destination is selected, all are selected.
  const setFallback = (on: boolean): void => {
    void save(on, on && order.length === 0 ? destinations.map(({ id }) => id) : order);
  };
  const change = async ({ id, name }: ProfileView, isOn: boolean): Promise<void> => {
    const ids = withFallback(destinations, order, { id, isOn });
    if (!(await save(true, ids))) return;
    hoist.announcer.announceNow(
      isOn
        ? text('ui.settings.fallback.added', { name, position: ids.indexOf(id) + 1 })
        : text('ui.settings.fallback.left-out', { name }),
    );
  };
  return (
    <section className={styles.section} aria-labelledby="settings-fallback">
      <h2 id="settings-fallback">{text('ui.settings.fallback')}</h2>
      <SwitchField
        label={text('ui.settings.fallback.switch')}
        help={text(fallback.on ? 'ui.settings.fallback.help' : 'ui.settings.fallback.off')}
        isSelected={fallback.on}
        onChange={setFallback}
      />
      {fallback.on && (
        <fieldset className={styles.switches}>
          <legend className={styles.detail}>{text('ui.settings.fallback.order')}</legend>
          {destinations.map((profile) => (
            <SwitchField
              key={profile.id}
              label={profile.name}
              isSelected={order.includes(profile.id)}
              onChange={(isOn) => {
                void change(profile, isOn);
              }}
            />
          ))}
          {order.length === 0 && <p className={styles.detail}>{text('ui.settings.fallback.none')}</p>}
        </fieldset>
      )}
    </section>
  );
}
