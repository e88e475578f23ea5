import * as v from 'valibot';
import { expect, test } from 'vitest';
import { text } from '../../../../src-shared/text/text.ts';
import { validateValues } from '../../destination/connect.ts';
import { fieldProblems } from '../../destination/field-problems.ts';
import type { ConformanceContext } from './context.ts';

export function registerManifestTests(context: ConformanceContext): void {
  test('the manifest has unique field keys, a text for every field, and valid default values', () => {
    const { provider, values } = context.subject;
    const keys = provider.fields.map((field) => field.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(provider.capabilities.visibilities.length).toBeGreaterThan(0);
    expect(text(provider.help)).not.toBe('');
    for (const field of provider.fields) {
      expect(text(field.label), field.key).not.toBe('');
      expect(text(field.help), field.key).toMatch(/\.$/);
      expect(field.kind === 'choice', field.key).toBe(field.choices !== undefined);
      if (field.choices && field.initial !== undefined)
        expect(field.choices.map((choice) => choice.value)).toContain(field.initial);
      // A toggle without an initial value has none until the user sets it.
      if (field.kind === 'toggle') expect(['true', 'false', undefined]).toContain(field.initial);
      if (field.showWhen) expect(keys).toContain(field.showWhen.field);
    }
    for (const preset of provider.presets)
      for (const key of Object.keys(preset.values)) expect(keys, preset.id).toContain(key);
    for (const key of Object.keys(values)) expect(keys).toContain(key);
  });

  test('a required field that is missing or blank is rejected', () => {
    const { provider, values } = context.subject;
    expect(v.is(provider.settings, values)).toBe(true);
    for (const { key, showWhen } of provider.fields.filter((field) => field.required)) {
      for (const blank of [undefined, '', ' \n']) {
        const { [key]: _, ...otherValues } = values;
        // Some fields only appear with a certain choice. That choice may show further required fields, which these
        // values lack too.
        const choice = showWhen ? { [showWhen.field]: [showWhen.is].flat()[0] ?? '' } : {};
        const invalid = { ...otherValues, ...choice, ...(blank === undefined ? {} : { [key]: blank }) };
        expect(
          fieldProblems(provider, invalid).map(({ field }) => field),
          key,
        ).toContain(key);
        expect(() => validateValues(provider, invalid), key).toThrow(
          expect.objectContaining({ error: expect.objectContaining({ code: 'invalid-input' }) }),
        );
      }
    }
  });

  test('saved values give the same settings as the typed values', () => {
    const { provider, values } = context.subject;
    const initial = Object.fromEntries(
      provider.fields.flatMap((field) => (field.initial === undefined ? [] : [[field.key, field.initial]])),
    );
    const saved = validateValues(provider, { ...initial, ...values });
    expect(validateValues(provider, saved)).toEqual(saved);
    expect(v.parse(provider.settings, saved)).toEqual(v.parse(provider.settings, { ...initial, ...values }));
    for (const key of Object.keys(saved)) expect(provider.fields.map((field) => field.key)).toContain(key);
  });
}
