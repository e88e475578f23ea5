/** Sends the focus to a field of a form, or to the first one that is to be corrected or filled in. */

const focusable = 'input:not([type="hidden"]):not([tabindex="-1"]), textarea, button:not([tabindex="-1"])';

function focusIn(container: Element | null | undefined): boolean {
  const target = container?.querySelector<HTMLElement>(focusable);
  target?.focus();
  container?.scrollIntoView({ block: 'nearest' });
  return target !== undefined && target !== null;
}

export const focusField = (form: HTMLElement, key: string): boolean =>
  focusIn(form.querySelector(`[data-field="${CSS.escape(key)}"]`));

/** The first field with something wrong with it. */
export const focusProblem = (form: HTMLElement): boolean =>
  focusIn(form.querySelector('[data-field]:has([data-invalid])'));

/** The first field that is empty. */
export function focusEmpty(form: HTMLElement): boolean {
  const candidates = form.querySelectorAll(
    '[data-field] input:not([type="hidden"]):not([type="radio"]):not([type="checkbox"]), [data-signed-out]',
  );
  const empty = [...candidates].find((one) => !(one instanceof HTMLInputElement) || one.value === '');
  return focusIn(empty?.closest('[data-field]'));
}
