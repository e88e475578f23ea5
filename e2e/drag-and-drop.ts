/** Drops real files through DevTools: the page gets drag events, and the preload script gets the real paths. */
import type { Page } from 'playwright/test';

type DragStep = 'dragEnter' | 'dragOver' | 'drop';

export async function dispatchDrag(page: Page, files: string[], steps: DragStep[]): Promise<void> {
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  const devTools = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 }; // 1: the drop may only copy
  for (const type of steps)
    await devTools.send('Input.dispatchDragEvent', { type, x: Math.round(width / 2), y: Math.round(height / 2), data });
  await devTools.detach();
}

export const dropOnPage = (page: Page, files: string[]): Promise<void> =>
  dispatchDrag(page, files, ['dragEnter', 'dragOver', 'drop']);
