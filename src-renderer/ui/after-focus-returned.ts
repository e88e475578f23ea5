/** Runs a function after a closed menu or dialog has returned the focus to its trigger, which takes one frame. */
export function afterFocusReturned(run: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(run));
}
