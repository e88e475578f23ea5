/** Focuses a field of a form, or the first one that needs a fix or a value. */

const focusable = 'input:not([type="hidden"]):not([tabindex="-1"]), textarea, button:not([tabindex="-1"])';

/** Focuses the first input or button in the container. Returns whether there is one. */
function focusIn(container: Element | null | undefined): boolean {
  const target = container?.querySelector<HTMLElement>(focusable);
  target?.focus();
  container?.scrollIntoView({ block: 'nearest' });
  return target !== undefined && target !== null;
}

/** Focuses the field with this key. Returns whether the form shows it. */
export const focusField = (form: HTMLElement, key: string): boolean =>
  focusIn(form.querySelector(`[data-field="${CSS.escape(key)}"]`));

/** Focuses the first field with an error. */
export const focusProblem = (form: HTMLElement): boolean =>
  focusIn(form.querySelector('[data-field]:has([data-invalid])'));

/** Focuses the first empty text field, or the first sign-in field (`data-signed-out`) without a sign-in. */
export function focusEmpty(form: HTMLElement): boolean {
  const candidates = form.querySelectorAll(
    '[data-field] input:not([type="hidden"]):not([type="radio"]):not([type="checkbox"]), [data-signed-out]',
  );
  const empty = [...candidates].find((element) => !(element instanceof HTMLInputElement) || element.value === '');
  return focusIn(empty?.closest('[data-field]'));
}
