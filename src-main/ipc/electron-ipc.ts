/** Electron's side of `serve`: the one place where messages of a page come in. */
import { ipcMain, type IpcMainInvokeEvent } from 'electron';
import type { IpcServer } from './serve.ts';

export const electronIpc: IpcServer<IpcMainInvokeEvent> = ipcMain;
