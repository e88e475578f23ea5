import { useEffect, useRef, useState } from 'react';
import { text } from '../../../src-shared/text/text.ts';
import { displaySafeName } from '../../format/file-name.ts';
import { currentProfile } from '../../stores/profiles.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { SelectField } from '../../ui/SelectField.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { useHoist, useProfiles, useScreen } from '../../use-hoist.ts';
import { linkKindLabel } from '../setup/link-kind.ts';
import {
  chooseLinkOverride,
  chosenLinkOverride,
  linkOverrideChoices,
  type LinkOverrideId,
} from '../setup/link-override.ts';
import { previewDestination } from './name-preview.ts';
import { chosenNames, nameProblem, stemLength } from './naming.ts';
import styles from './NameDialog.module.css';
import { isRenamable, sendWithNames } from './send-files.ts';

/** Asks for the names of files before they are sent. Enter sends all files; Esc sends none. */
export function NameDialog() {
  const hoist = useHoist();
  const files = useScreen((state) => state.naming);
  const profile = useProfiles(currentProfile);
  const profiles = useProfiles((state) => state);
  const linkChoices = linkOverrideChoices(profiles);
  const [typed, setTyped] = useState<Record<string, string>>({});
  /** After the first attempt to send, all names show their problems, not only the changed ones. */
  const [hasTriedToSend, setTriedToSend] = useState(false);
  /** The previews show one time, so that they do not change while the user types. */
  const [openedAt] = useState(Date.now);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    selectStem(form.current);
  }, []);

  const nameOf = ({ token, name }: { token: string; name: string }): string => typed[token] ?? name;
  const cancel = (): void => hoist.screen.setState({ naming: [] });
  const send = (): void => {
    setTriedToSend(true);
    if (files.some((file) => isRenamable(file) && nameProblem(nameOf(file)) !== undefined)) {
      form.current?.querySelector<HTMLElement>('[data-invalid] input')?.focus();
      return;
    }
    void sendWithNames(hoist, files, chosenNames(files, nameOf));
  };
  const count = files.filter(isRenamable).length;
  return (
    <Dialog
      title={text('ui.naming.title', { count })}
      size="narrow"
      closeLabel={text('ui.naming.cancel')}
      onClose={cancel}
    >
      <form
        ref={form}
        id="naming"
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        {files.map((file) =>
          isRenamable(file) ? (
            <TextField
              key={file.token}
              label={
                count === 1 ? text('ui.naming.name-one') : text('ui.naming.name', { name: displaySafeName(file.name) })
              }
              value={nameOf(file)}
              name={file.token}
              problem={hasTriedToSend || typed[file.token] !== undefined ? nameProblem(nameOf(file)) : undefined}
              help={profile && previewDestination(profile, nameOf(file), openedAt)}
              onChange={(value) => setTyped((current) => ({ ...current, [file.token]: value }))}
            />
          ) : (
            <p key={file.token} className={styles.folder}>
              {text('ui.naming.folder', { name: displaySafeName(file.name) })}
            </p>
          ),
        )}
        {linkChoices.length > 0 && (
          <SelectField
            label={text('ui.naming.links', { count: files.length })}
            value={chosenLinkOverride(profiles.linkOverride)}
            onChange={(id) => {
              void chooseLinkOverride(hoist, id as LinkOverrideId);
            }}
            choices={linkChoices.map(({ id, label }) => ({
              value: id,
              label,
              ...(id === 'as-set' && profile && { help: linkKindLabel(profile) }),
            }))}
          />
        )}
      </form>
      <footer className={styles.foot}>
        <Button onPress={cancel}>{text('ui.naming.cancel')}</Button>
        <Button tone="primary" type="submit" form="naming" onPress={() => undefined}>
          {text('ui.naming.send', { count: files.length })}
        </Button>
      </footer>
    </Dialog>
  );
}

/** Selects the part before the extension, because users rarely change the extension. */
function selectStem(form: HTMLFormElement | null): void {
  const input = form?.querySelector('input');
  if (!input) return;
  input.focus();
  input.setSelectionRange(0, stemLength(input.value));
}
