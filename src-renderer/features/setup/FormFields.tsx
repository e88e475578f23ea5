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
 * What has to be asked, and everything else under "More options", in groups. What is wrong is always in sight.
 * `afterKeys`: what is to be said once the keys are entered.
 */
export function FormFields({ form, afterKeys }: { form: SetupFormState; afterKeys?: ReactNode }) {
  const { draft, provider, problems } = form;
  const { mainFields, advancedGroups } = layoutForm({ provider, draft, discovered: form.known.discovered });
  const [isOpen, setOpen] = useState(false);
  const hasProblem = (field: Field): boolean => problems[field.key] !== undefined;
  const mustOpen = advancedGroups.some(({ fields }) => fields.some(hasProblem)) || problems[nameKey] !== undefined;
  // What was opened for a problem stays open while it is mended.
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

/** Where a field is found again by those who send the focus to it. */
function FieldAnchor({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div data-field={name} className={styles.anchor} onFocus={selectBlank}>
      {children}
    </div>
  );
}

/** `https://{account}.example.com`: what is still the person's to fill in can be typed over. */
function selectBlank({ target }: FocusEvent): void {
  const blank =
    target instanceof HTMLInputElement ? /^https?:\/\/[^{}]*(\{\w+\})/d.exec(target.value)?.indices?.[1] : undefined;
  // A click sets its own cursor first.
  if (blank)
    requestAnimationFrame(() => {
      if (document.activeElement === target) (target as HTMLInputElement).setSelectionRange(...blank);
    });
}
