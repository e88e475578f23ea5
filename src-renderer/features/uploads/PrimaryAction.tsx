import { Pause, Play, X } from 'lucide-react';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { displaySafeName } from '../../format/file-name.ts';
import { Button } from '../../ui/Button.tsx';
import { Chip } from '../../ui/Chip.tsx';
import { classNames } from '../../ui/class-names.ts';
import { glyph } from '../../ui/glyph.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { useFeedback, useHoist } from '../../use-hoist.ts';
import { isClosed } from '../history/link-state.ts';
import { runRowAction } from './run-row-action.ts';
import { hasCancelButton, primaryAction, type RowAction } from './row-actions.ts';
import styles from './UploadRow.module.css';

/** The primary action of a row and, while it runs, the button that cancels it. */
export function PrimaryAction({ upload }: { upload: UploadView }) {
  const hoist = useHoist();
  const action = primaryAction(upload);
  // Another Hoist process runs the upload.
  if (!action)
    return (
      <Chip
        tone="plain"
        icon="terminal"
        label={text('ui.chip.elsewhere')}
        title={text('ui.chip.elsewhere-title')}
        className={styles.elsewhere}
      />
    );
  const name = displaySafeName(upload.name);
  const run = (rowAction: RowAction) => (): void => runRowAction(hoist, upload, rowAction);
  return (
    <>
      <ActionButton upload={upload} name={name} action={action} onPress={run(action)} />
      {hasCancelButton(upload) && (
        <IconButton
          icon={X}
          isRoving
          label={text('ui.row.cancel', { name })}
          tip={text('ui.row.cancel-tip')}
          onPress={run('cancel')}
          className={styles.cancel}
        />
      )}
    </>
  );
}

interface ActionButtonProps {
  upload: UploadView;
  /** The name of the file, or the number of files. */
  name: string;
  action: RowAction;
  onPress: () => void;
}

/** The button for an action. Pause and Resume are the same element, so the focus stays on it when the label changes. */
export function ActionButton({ upload, name, action, onPress }: ActionButtonProps) {
  switch (action) {
    case 'pause':
    case 'resume':
      return (
        <IconButton
          key="pause"
          icon={action === 'pause' ? Pause : Play}
          isRoving
          label={text(`ui.row.${action}`, { name })}
          tip={text(`ui.row.${action}-tip`)}
          onPress={onPress}
        />
      );
    case 'cancel':
      return (
        <IconButton
          icon={X}
          isRoving
          label={text('ui.row.cancel', { name })}
          tip={text('ui.row.cancel-tip')}
          onPress={onPress}
        />
      );
    case 'now':
      return (
        <Button isRoving tone="quiet" label={text('ui.row.now-label', { name })} onPress={onPress}>
          {text('ui.row.now')}
        </Button>
      );
    case 'fix-key':
    case 'sign-in':
    case 'fix':
      return (
        <Button isRoving label={text(`ui.row.${action}-label`, { destination: upload.destination })} onPress={onPress}>
          {text(`ui.row.${action}`)}
        </Button>
      );
    case 'send-anyway':
      return (
        <Button
          isRoving
          label={text('ui.row.send-anyway-label', { name, destination: upload.withheld?.destination ?? '' })}
          onPress={onPress}
        >
          {text('ui.row.send-anyway')}
        </Button>
      );
    case 'retry':
      return (
        <Button
          isRoving
          tone={upload.status === 'failed' ? 'default' : 'quiet'}
          label={text(upload.status === 'canceled' ? 'ui.row.upload-again-label' : 'ui.row.retry-label', { name })}
          onPress={onPress}
        >
          {text(upload.status === 'canceled' ? 'ui.row.upload-again' : 'ui.row.retry')}
        </Button>
      );
    case 'keep-both':
      return (
        <Button isRoving label={text('ui.row.keep-both-label', { name })} onPress={onPress}>
          {text('ui.row.keep-both')}
        </Button>
      );
    case 'remove':
      return (
        <Button isRoving onPress={onPress}>
          {text('ui.menu.remove')}
        </Button>
      );
    case 'empty-practice':
      return (
        <Button isRoving onPress={onPress}>
          {text('ui.row.make-room')}
        </Button>
      );
    default:
      return <CopyButton upload={upload} name={name} onPress={onPress} />;
  }
}

/** Copies the link, and then shows “Copied” for a moment. */
function CopyButton({ upload, name, onPress }: Omit<ActionButtonProps, 'action'>) {
  const isCopied = useFeedback((state) => state.copied.has(upload.id));
  const copyKey = isClosed(upload) ? 'ui.row.copy-anyway' : 'ui.row.copy';
  return (
    <Button
      isRoving
      tone="quiet"
      onPress={onPress}
      className={classNames(styles.primary, isCopied && styles.copied, isCopied && glyph('check'))}
      label={isCopied ? text('ui.row.copied') : text(`${copyKey}-label`, { name })}
    >
      {text(isCopied ? 'ui.row.copied' : copyKey)}
    </Button>
  );
}
