/** The current drag over the window, derived from the browser's events. Pure. */

export type DragKind = 'files' | 'text' | 'link' | 'other';

/**
 * `depth` counts the entered elements, because leaving a child element does not mean leaving the window. A folder looks
 * like a file of unknown type until it is dropped.
 */
export type Drag =
  | { over: false }
  | { over: true; depth: number; kind: DragKind; count: number; mayHoldFolders: boolean };

export const noDrag: Drag = { over: false };

/** The content of a drag. While dragging, only the types and the number of items are known. */
export function readDrag(
  transfer: { types: readonly string[]; items: ArrayLike<{ kind: string; type?: string }> } | null,
): Omit<Extract<Drag, { over: true }>, 'over' | 'depth'> {
  const types = transfer?.types ?? [];
  if (types.includes('Files')) {
    const files = Array.from(transfer?.items ?? []).filter(({ kind }) => kind === 'file');
    return { kind: 'files', count: files.length, mayHoldFolders: files.some(({ type }) => type === '') };
  }
  const none = { count: 0, mayHoldFolders: false };
  if (types.includes('text/uri-list')) return { kind: 'link', ...none };
  return { kind: types.some((type) => type.startsWith('text/')) ? 'text' : 'other', ...none };
}

export function dragEntered(drag: Drag, content: ReturnType<typeof readDrag>): Drag {
  return { over: true, depth: drag.over ? drag.depth + 1 : 1, ...content };
}

export function dragLeft(drag: Drag): Drag {
  return drag.over && drag.depth > 1 ? { ...drag, depth: drag.depth - 1 } : noDrag;
}
