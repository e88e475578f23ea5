import { useState, type FocusEvent, type ReactNode } from 'react';
import type { Field } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { nameKey } from './form-draft.ts';
import { FieldInput } from './FieldInput.tsx';
import { layoutForm } from './form-layout.ts';
import styles from './FormFields.module.css';
import { LinkPreview } from './LinkPreview.tsx';
import type { SetupFormState } from './use-setup-form.ts';

/**
 * Shows the required fields, and groups all others under "More options", which opens if a field in it has an error.
 * `afterKeys`: content shown after the key fields.
 */
export function FormFields({ form, afterKeys }: { form: SetupFormState; afterKeys?: ReactNode }) {
  const { draft, provider, problems } = form;
  const { mainFields, advancedGroups } = layoutForm({ provider, draft, discovered: form.known.discovered });
  const [isOpen, setOpen] = useState(false);
  const hasProblem = (field: Field): boolean => problems[field.key] !== undefined;
  const mustOpen = advancedGroups.some(({ fields }) => fields.some(hasProblem)) || problems[nameKey] !== undefined;
  // A section that opened for an error stays open while the user fixes it.
  if (mustOpen && !isOpen) setOpen(true);
  return (
    <>
      {mainFields
        .filter(({ group }) => group === 'sign-in')
        .map((field) => (
          <FieldAnchor key={field.key} name={field.key}>
            <FieldInput field={field} form={form} />
          </FieldAnchor>
        ))}
      {afterKeys}
      {mainFields
        .filter(({ group }) => group !== 'sign-in')
        .map((field) => (
          <FieldAnchor key={field.key} name={field.key}>
            <FieldInput field={field} form={form} />
          </FieldAnchor>
        ))}
      <LinkPreview form={form} />
      <Disclosure title={text('ui.setup.more')} isOpen={isOpen} onToggle={setOpen}>
        <NameInput form={form} />
        {advancedGroups.map(({ group, fields }) => (
          <fieldset key={group} className={styles.group}>
            <legend className={styles.legend}>{text(`ui.group.${group}`)}</legend>
            {fields.map((field) => (
              <FieldAnchor key={field.key} name={field.key}>
                <FieldInput field={field} form={form} />
              </FieldAnchor>
            ))}
          </fieldset>
        ))}
      </Disclosure>
    </>
  );
}

function NameInput({ form }: { form: SetupFormState }) {
  const { draft, problems } = form;
  return (
    <FieldAnchor name={nameKey}>
      <TextField
        label={text('ui.setup.name')}
        optional={text('ui.setup.optional')}
        help={text('ui.setup.name-help')}
        value={draft.name}
        problem={problems[nameKey]}
        name={nameKey}
        placeholder={draft.values.bucket}
        onChange={(value) => form.setValue(nameKey, value)}
        onBlur={() => form.touch(nameKey)}
      />
    </FieldAnchor>
  );
}

/** Marks the field with its name, by which focus-field.ts finds it. */
function FieldAnchor({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div data-field={name} className={styles.anchor} onFocus={selectBlank}>
      {children}
    </div>
  );
}

/** In an address such as `https://{account}.example.com`, selects the part that the user has to fill in. */
function selectBlank({ target }: FocusEvent): void {
  if (!(target instanceof HTMLInputElement)) return;
  // The start and end of the first part in braces
  const blank = /^https?:\/\/[^{}]*(\{\w+\})/d.exec(target.value)?.indices?.[1];
  if (!blank) return;
  // Wait until the click that focused the input has moved the cursor.
  requestAnimationFrame(() => {
    if (document.activeElement === target) target.setSelectionRange(...blank);
  });
}
