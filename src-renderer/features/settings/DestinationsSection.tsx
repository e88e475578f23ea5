import { useState } from 'react';
import { GridList, GridListItem, useDragAndDrop } from 'react-aria-components';
import type { ImportReport, ProfileView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { ProfileId } from '../../../src-shared/upload.ts';
import { refreshProfiles } from '../../stores/profiles.ts';
import { showToast } from '../../stores/feedback.ts';
import { Button } from '../../ui/Button.tsx';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { SetUpButton } from '../setup/SetUpButton.tsx';
import { withErrorToast, showError } from '../uploads/run-row-action.ts';
import { DestinationRow } from './DestinationRow.tsx';
import styles from './DestinationsSection.module.css';
import { ImportResult } from './ImportResult.tsx';
import { moveTo, moveBy } from './list-order.ts';
import settingsStyles from './SettingsDialog.module.css';

/** The destinations in their order, with their status. */
export function DestinationsSection({ destinations }: { destinations: ProfileView[] }) {
  const hoist = useHoist();
  const { bridge } = hoist;
  const isPractising = useProfiles((state) => state.profiles.length > 0);
  const isChecking = destinations.some(({ status }) => status.isChecking);
  return (
    <section className={settingsStyles.section} aria-labelledby="settings-destinations">
      <div className={styles.head}>
        <h2 id="settings-destinations">{text('ui.settings.destinations')}</h2>
        {destinations.length > 1 && (
          <Button
            tone="quiet"
            isDisabled={isChecking}
            onPress={() => {
              void withErrorToast(hoist, bridge.profiles.check({}));
            }}
          >
            {text(isChecking ? 'ui.status.checking' : 'ui.settings.check-all')}
          </Button>
        )}
      </div>
      {destinations.length > 0 ? (
        <List destinations={destinations} />
      ) : (
        <p>{text(isPractising ? 'ui.settings.none-practice' : 'ui.settings.none')}</p>
      )}
      <DestinationActions hasAny={destinations.length > 0} />
    </section>
  );
}

function List({ destinations }: { destinations: ProfileView[] }) {
  const hoist = useHoist();
  const ids = destinations.map(({ id }) => id);
  const reorder = async (order: ProfileId[], moved: ProfileId | undefined): Promise<void> => {
    if (order.every((id, index) => id === ids[index])) return;
    if (!(await withErrorToast(hoist, hoist.bridge.profiles.reorder({ ids: order })))) return;
    await refreshProfiles(hoist.profiles, hoist.bridge);
    const name = destinations.find(({ id }) => id === moved)?.name;
    if (name !== undefined)
      hoist.announcer.announceNow(
        text('ui.settings.fallback.moved', { name, position: order.indexOf(moved ?? '') + 1, count: order.length }),
      );
  };
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ 'hoist/destination': String(key) })),
    onReorder: ({ keys, target }) => {
      if (target.dropPosition !== 'on')
        void reorder(moveTo(ids, keys, target.key, target.dropPosition), [...keys].map(String)[0]);
    },
  });
  return (
    <GridList
      aria-label={text('ui.settings.destinations')}
      className={styles.list ?? ''}
      {...(ids.length > 1 && { dragAndDropHooks })}
      keyboardNavigationBehavior="tab"
    >
      {destinations.map((profile, index) => (
        <GridListItem key={profile.id} id={profile.id} textValue={profile.name} className={styles.item ?? ''}>
          <DestinationRow
            profile={profile}
            position={index + 1}
            count={ids.length}
            onMove={(by) => {
              void reorder(moveBy(ids, profile.id, by), profile.id);
            }}
          />
        </GridListItem>
      ))}
    </GridList>
  );
}

/** Buttons that add, import and export destinations. */
function DestinationActions({ hasAny }: { hasAny: boolean }) {
  const hoist = useHoist();
  const [report, setReport] = useState<ImportReport>();
  const importDestinations = async (): Promise<void> => {
    setReport(undefined);
    const answer = await hoist.bridge.profiles.import();
    if (!answer.ok) {
      showError(hoist, answer.error);
      return;
    }
    if (!answer.value) return;
    setReport(answer.value);
    await refreshProfiles(hoist.profiles, hoist.bridge);
  };
  const exportDestinations = async (): Promise<void> => {
    const answer = await hoist.bridge.profiles.export();
    if (!answer.ok) {
      showError(hoist, answer.error);
      return;
    }
    if (!answer.value) return;
    const sentence = text('ui.settings.exported');
    showToast(hoist.feedback, { sentence, tone: 'done' });
    hoist.announcer.announceNow(sentence);
  };
  return (
    <>
      <div className={styles.foot}>
        <SetUpButton />
        <Button
          tone="quiet"
          onPress={() => {
            void importDestinations();
          }}
        >
          {text('ui.settings.import')}
        </Button>
        {hasAny && (
          <Button
            tone="quiet"
            onPress={() => {
              void exportDestinations();
            }}
          >
            {text('ui.settings.export')}
          </Button>
        )}
      </div>
      <div aria-live="polite">{report && <ImportResult report={report} />}</div>
    </>
  );
}
