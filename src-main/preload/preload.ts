/**
 * The only API that the page has besides the web's: one function per command and event of the contract, and two
 * functions that turn File objects into tokens. The paths of files are known here and never enter the page. A File
 * object that was made in JavaScript has no path.
 */
import { contextBridge, ipcRenderer } from 'electron';
import type { Result } from '../../src-shared/errors.ts';
import { contract, type IntakeResult } from '../../src-shared/ipc/contract.ts';
import { channelName, type Command, type Event } from '../../src-shared/ipc/define.ts';
import { acceptFiles, watchForFolders } from './accept-files.ts';
import { blockNavigation } from './block-navigation.ts';

const bridge: Record<string, Record<string, unknown>> = {};
for (const [group, entries] of Object.entries(contract)) {
  const functions: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(entries) as [string, Command | Event][]) {
    const channel = channelName(group, name);
    if (entry.kind === 'event')
      functions[name] = (listener: (payload: unknown) => void) => subscribe(channel, listener);
    else if (entry.caller === 'page') functions[name] = (input?: unknown) => ipcRenderer.invoke(channel, input);
  }
  bridge[group] = functions;
}

/** Does not pass on the event object, because it would give the page access to Electron's API. */
function subscribe(channel: string, listener: (payload: unknown) => void): () => void {
  const onMessage = (_event: unknown, payload: unknown): void => listener(payload);
  ipcRenderer.on(channel, onMessage);
  return () => {
    ipcRenderer.off(channel, onMessage);
  };
}

/**
 * Asks main for the copied files first. Chromium reads the formats of some file managers not at all or with wrong
 * paths.
 */
async function acceptPasted(files: File[]): Promise<Result<IntakeResult[]>> {
  const copied: Result<IntakeResult[]> = await ipcRenderer.invoke(channelName('files', 'acceptCopied'));
  return copied.ok && copied.value.length > 0 ? copied : acceptFiles(files);
}

bridge['files'] = { ...bridge['files'], drop: acceptFiles, paste: acceptPasted };
watchForFolders();
blockNavigation();
contextBridge.exposeInMainWorld('hoist', bridge);
