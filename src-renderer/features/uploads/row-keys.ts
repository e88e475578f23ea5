/** Maps keys pressed in a row to actions. */
import type { KeyboardEvent } from 'react';
import { isListKey, type ListKey } from './list-items.ts';
import type { RowKey } from './row-actions.ts';

/**
 * What a key does. `move`: to another row. `inside`: to the next or previous button of the row. `menu`: opens the menu.
 * `act`: runs the action that the key has for this row.
 */
export type RowPress =
  | { kind: 'move'; key: ListKey }
  | { kind: 'inside'; step: 1 | -1 }
  | { kind: 'menu' }
  | { kind: 'act'; key: RowKey };

/** Whether the row itself has the focus, not a button inside it. */
const isRow = (event: KeyboardEvent<HTMLElement>): boolean => event.target === event.currentTarget;

/** Undefined for a key that means nothing in the list. */
export function readRowKey(event: KeyboardEvent<HTMLElement>): RowPress | undefined {
  const hasModifier = event.ctrlKey || event.metaKey || event.altKey;
  if (isListKey(event.key)) return hasModifier ? undefined : { kind: 'move', key: event.key };
  switch (event.key) {
    case 'ArrowRight':
      return { kind: 'inside', step: 1 };
    case 'ArrowLeft':
      return { kind: 'inside', step: -1 };
    case 'ContextMenu':
      return { kind: 'menu' };
    case 'F10':
      return event.shiftKey ? { kind: 'menu' } : undefined;
    case 'Delete':
      return { kind: 'act', key: 'Delete' };
    // On a button inside the row, Enter and Space press the button.
    case ' ':
      return isRow(event) && !hasModifier ? { kind: 'act', key: 'Space' } : undefined;
    case 'Enter':
      return isRow(event) ? { kind: 'act', key: event.ctrlKey || event.metaKey ? 'Ctrl+Enter' : 'Enter' } : undefined;
    default:
      return undefined;
  }
}

/** Right and left move between the row and its buttons. */
export function moveInside(row: HTMLElement, step: 1 | -1): void {
  const stops = [row, ...row.querySelectorAll<HTMLElement>('button')];
  const currentIndex = stops.findIndex((stop) => stop === document.activeElement);
  stops[Math.min(stops.length - 1, Math.max(0, currentIndex + step))]?.focus();
}
