import { Search, Settings } from 'lucide-react';
import { text } from '../src-shared/text/text.ts';
import styles from './App.module.css';
import { CodeDialog } from './features/code-prompt/CodeDialog.tsx';
import { DropOverlay } from './features/drop/DropOverlay.tsx';
import { EmptyState } from './features/drop/EmptyState.tsx';
import { NameDialog } from './features/drop/NameDialog.tsx';
import { NoticeLines } from './features/drop/NoticeLines.tsx';
import { sendDropped, sendPasted } from './features/drop/send-files.ts';
import { DropBar } from './features/drop/DropBar.tsx';
import { usePaste } from './features/drop/use-paste.ts';
import { useWindowDrop } from './features/drop/use-window-drop.ts';
import { closeSearch, openSearch } from './features/history/search-focus.ts';
import { SearchBar } from './features/history/SearchBar.tsx';
import { DestinationMenu } from './features/setup/DestinationMenu.tsx';
import { ConfirmDialog } from './features/uploads/ConfirmDialog.tsx';
import { StatusBar } from './features/uploads/StatusBar.tsx';
import { UploadList } from './features/uploads/UploadList.tsx';
import { hideToast, holdToast, resumeToast } from './stores/feedback.ts';
import { isListEmpty } from './stores/uploads.ts';
import { VisuallyHidden } from './ui/VisuallyHidden.tsx';
import { IconButton } from './ui/IconButton.tsx';
import { lazyComponent } from './ui/lazy-component.tsx';
import { LiveRegion } from './ui/LiveRegion.tsx';
import { Toast } from './ui/Toast.tsx';
import { useFeedback, useHoist, useProfiles, useScreen, useUploads } from './use-hoist.ts';
import { useShortcuts } from './use-shortcuts.ts';

// The forms are a third of the code and are rarely needed at the start, so they load on demand.
const SettingsDialog = lazyComponent(
  async () => (await import('./features/settings/SettingsDialog.tsx')).SettingsDialog,
);
const SetupDialog = lazyComponent(async () => (await import('./features/setup/SetupDialog.tsx')).SetupDialog);
const SetupWizard = lazyComponent(async () => (await import('./features/setup/wizard/SetupWizard.tsx')).SetupWizard);

/** The window: destination, drop zone, uploads in progress, history, totals. */
export function App() {
  const hoist = useHoist();
  const drag = useWindowDrop((files) => {
    void sendDropped(hoist, files);
  });
  usePaste((files) => {
    void sendPasted(hoist, files);
  });
  useShortcuts();
  return (
    <div className={styles.window}>
      <TopBar />
      <main className={styles.main}>
        <VisuallyHidden>
          <h1>{text('app.name')}</h1>
        </VisuallyHidden>
        <NoticeLines />
        <Content />
      </main>
      <StatusBar />
      <Dialogs />
      <Messages />
      <DropOverlay drag={drag} />
    </div>
  );
}

function TopBar() {
  const { screen } = useHoist();
  const isSearching = useScreen((state) => state.search !== undefined);
  const isEmpty = useIsEmpty();
  return (
    <header className={styles.bar}>
      <div className={styles.inner}>
        <DestinationMenu />
        <div className={styles.tools}>
          {!isEmpty && (
            <IconButton
              icon={Search}
              label={text('ui.bar.search')}
              aria-expanded={isSearching}
              data-search
              onPress={() => (isSearching ? closeSearch(screen) : openSearch(screen))}
            />
          )}
          <IconButton
            icon={Settings}
            label={text('ui.bar.settings')}
            aria-haspopup="dialog"
            onPress={() => screen.setState({ settings: true })}
          />
        </div>
      </div>
    </header>
  );
}

const useIsEmpty = (): boolean => useUploads(isListEmpty);

/** The list of uploads; without uploads, a drop zone that fills the window. */
function Content() {
  const isReady = useUploads((state) => state.ready);
  const areProfilesReady = useProfiles((state) => state.ready);
  const isEmpty = useIsEmpty();
  const search = useScreen((state) => state.search);
  if (!isReady || !areProfilesReady) return null;
  if (isEmpty) return <EmptyState />;
  return (
    <>
      {search === undefined ? <DropBar /> : <SearchBar search={search} />}
      <UploadList search={search} />
    </>
  );
}

function Dialogs() {
  const setup = useScreen((state) => state.setup);
  const isSettingsOpen = useScreen((state) => state.settings);
  const confirmation = useScreen((state) => state.confirmation);
  const codePrompt = useScreen((state) => state.codePrompts[0]);
  const isNaming = useScreen((state) => state.naming.length > 0);
  return (
    <>
      {isSettingsOpen && <SettingsDialog />}
      {confirmation && <ConfirmDialog confirmation={confirmation} />}
      {isNaming && <NameDialog />}
      {setup?.kind === 'edit' && <SetupDialog key={setup.profileId} request={setup} />}
      {setup?.kind === 'add' && <SetupWizard request={setup} />}
      {codePrompt && <CodeDialog key={codePrompt.id} codePrompt={codePrompt} />}
    </>
  );
}

function Messages() {
  const { feedback } = useHoist();
  const status = useFeedback((state) => state.status);
  const alert = useFeedback((state) => state.alert);
  const toast = useFeedback((state) => state.toast);
  return (
    <>
      <LiveRegion role="status" message={status} />
      <LiveRegion role="alert" message={alert} />
      {toast && (
        <Toast
          key={toast.sequence}
          regionLabel={text('ui.toast.region')}
          dismissLabel={text('ui.toast.dismiss')}
          sentence={toast.sentence}
          tone={toast.tone}
          action={toast.action}
          remedy={toast.remedy}
          onHold={() => holdToast(feedback)}
          onRelease={() => resumeToast(feedback)}
          onClose={() => hideToast(feedback, toast.sequence)}
        />
      )}
    </>
  );
}
