/** Shows one notification per batch, and only while the window is not focused. */
import { Notification, type BrowserWindow } from 'electron';
import type { BatchSettled } from '../../src-shared/ipc/contract.ts';
import { errorText, text } from '../../src-shared/text/text.ts';
import type { Upload, UploadIn } from '../../src-shared/upload.ts';

export function notifySettled(
  window: BrowserWindow | undefined,
  uploads: Upload[],
  settled: BatchSettled,
  onClick: () => void,
): void {
  if (window?.isFocused() || !Notification.isSupported()) return;
  const message =
    settled.links > 0 ? doneMessage(uploads, settled) : (failedMessage(uploads) ?? closedMessage(uploads, settled));
  if (!message) return;
  const notification = new Notification({
    title: message.title,
    body: process.platform === 'linux' ? escapeMarkup(message.body) : message.body,
  });
  notification.on('click', onClick);
  notification.show();
}

function doneMessage(
  uploads: Upload[],
  { links, clipboard, uploadIds }: BatchSettled,
): { title: string; body: string } {
  const linkedIds = new Set(uploadIds);
  const linked = uploads.filter(
    (upload): upload is UploadIn<'done'> => upload.status === 'done' && linkedIds.has(upload.id),
  );
  const linksMade = text(clipboard === 'copied' ? 'notify.done.body' : 'notify.done.not-copied', { count: links });
  const reach = reachMessage(linked);
  return {
    title: text('notify.done.title', { count: links, name: linked[0]?.name ?? '' }),
    body: reach === undefined ? linksMade : text('notify.with-reach', { links: linksMade, reach }),
  };
}

/** Says that the links were not copied, because they did not open. */
function closedMessage(uploads: Upload[], { closedIds }: BatchSettled): { title: string; body: string } | undefined {
  const first = uploads.find(({ id }) => id === closedIds[0]);
  if (!first) return undefined;
  const count = closedIds.length;
  return {
    title: text('notify.closed.title', { count, name: first.name }),
    body: text('notify.closed.body', { count }),
  };
}

/** Where the links work, if they do not work everywhere. */
function reachMessage(linked: UploadIn<'done'>[]): string | undefined {
  for (const reach of ['this-computer', 'this-network'] as const) {
    const count = linked.filter((upload) => upload.verification === reach).length;
    if (count > 0) return text(`reach.${reach}.${count === linked.length ? 'all' : 'some'}`, { count });
  }
  return undefined;
}

function failedMessage(uploads: Upload[]): { title: string; body: string } | undefined {
  const failed = uploads.filter((upload) => upload.status === 'failed');
  const first = failed[0];
  if (!first) return undefined;
  return {
    title: text('notify.failed.title', { count: failed.length, name: first.name }),
    body: text('notify.failed.body', errorText(first.error)),
  };
}

/** Notification daemons on Linux parse the body as markup, and a file name can contain any character. */
const escapeMarkup = (body: string): string =>
  body.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
