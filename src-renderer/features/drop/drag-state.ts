/** What is being dragged over the window, from the events of the browser. Pure: the hook only feeds it. */

export type DragKind = 'files' | 'text' | 'link' | 'other';

/** `depth` counts entered elements: leaving a child is not leaving the window, so the overlay does not flicker. */
export type Drag = { over: false } | { over: true; depth: number; kind: DragKind; count: number };

export const noDrag: Drag = { over: false };

/** What a drag carries. While dragging, only types and the number of items are known. */
export function readDrag(transfer: { types: readonly string[]; items: ArrayLike<{ kind: string }> } | null): { kind: DragKind; count: number } {
  const types = transfer?.types ?? [];
  if (types.includes('Files')) return { kind: 'files', count: Array.from(transfer?.items ?? []).filter(({ kind }) => kind === 'file').length };
  if (types.includes('text/uri-list')) return { kind: 'link', count: 0 };
  if (types.some((type) => type.startsWith('text/'))) return { kind: 'text', count: 0 };
  return { kind: 'other', count: 0 };
}

export function enter(drag: Drag, seen: { kind: DragKind; count: number }): Drag {
  return { over: true, depth: drag.over ? drag.depth + 1 : 1, ...seen };
}

export function leave(drag: Drag): Drag {
  return drag.over && drag.depth > 1 ? { ...drag, depth: drag.depth - 1 } : noDrag;
}
