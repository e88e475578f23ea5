/** The bounds of the messages from the page: no command accepts an unlimited text, list, form or depth. */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { contract } from './contract.ts';
import type { Command, Event } from './define.ts';
import { maxFormCharacters } from './message-limits.ts';

const commands = Object.entries(contract).flatMap(([group, entries]) =>
  (Object.entries(entries) as [string, Command | Event][]).flatMap(([name, entry]) =>
    entry.kind === 'command' ? [{ name: `${group}.${name}`, ...entry }] : [],
  ),
);

/** The parts of a valibot schema that this test looks at. */
interface Schema {
  type: string;
  pipe?: { type: string; requirement?: unknown }[];
  entries?: Record<string, Schema>;
  options?: (Schema | string)[];
  item?: Schema;
  wrapped?: Schema;
  key?: Schema;
  value?: Schema;
}

const maxDepth = 4;
const scalars = new Set(['undefined', 'boolean', 'literal', 'picklist']);
const objects = new Set(['object', 'strict_object']);

/** The parts of the schema without a bound. */
function unbounded(schema: Schema, path: string, depth = 0): string[] {
  const { type, pipe = [] } = schema;
  const rules = pipe.map((rule) => rule.type);
  const has = (...types: string[]): boolean => types.some((name) => rules.includes(name));
  const inside = (child: Schema, step: string): string[] => unbounded(child, `${path}${step}`, depth + 1);
  if (depth > maxDepth) return [`${path} is too deep`];
  if (scalars.has(type)) return [];
  if (type === 'string') {
    const pattern = pipe.find((rule) => rule.type === 'regex')?.requirement;
    const isLimited = has('max_length') || (pattern instanceof RegExp && !pattern.test('a'.repeat(100_000)));
    return isLimited ? [] : [`${path} has no maximum length`];
  }
  if (type === 'number') return has('max_value') && has('min_value') ? [] : [`${path} has no range`];
  if (type === 'array')
    return [...(has('max_length') ? [] : [`${path} has no maximum length`]), ...inside(schema.item!, '[]')];
  if (type === 'record')
    return [
      ...(has('check') ? [] : [`${path} has no maximum size`]),
      ...inside(schema.key!, '{key}'),
      ...inside(schema.value!, '{}'),
    ];
  if (objects.has(type)) return Object.entries(schema.entries!).flatMap(([key, child]) => inside(child, `.${key}`));
  if (type === 'union' || type === 'variant')
    return schema.options!.flatMap((option) => unbounded(option as Schema, path, depth));
  if (type === 'optional' || type === 'nullable') return unbounded(schema.wrapped!, path, depth);
  return [`${path} has the unknown type ${type}`];
}

describe('a command of the page', () => {
  test.each(commands)('$name accepts only bounded input', ({ name, input }) => {
    expect(unbounded(input as unknown as Schema, name)).toEqual([]);
  });

  test('is one of 51, and 3 more are only for the preload', () => {
    const count = (caller: Command['caller']): number => commands.filter((entry) => entry.caller === caller).length;
    expect([count('page'), count('preload')]).toEqual([51, 3]);
  });
});

describe('the form of a destination', () => {
  const { input } = contract.profiles.save;
  const form = (settings: Record<string, string>, secrets: Record<string, string> = {}) => ({
    providerId: 's3',
    name: 'Work',
    settings,
    secrets,
  });
  const fields = (count: number, value: string): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`field${i}`, value]));

  test('may have long values, such as certificates', () => {
    expect(v.is(input, form({ ca: 'x'.repeat(65_536), bucket: 'b' }))).toBe(true);
  });

  test.each([
    ['120 MB of settings', form(fields(1900, 'x'.repeat(65_536)))],
    ['120 MB of secrets', form({}, fields(1900, 'x'.repeat(65_536)))],
    ['too many characters', form(fields(80, 'x'.repeat(maxFormCharacters / 80)))],
    ['too many fields', form(fields(5000, ''))],
  ])('is refused with %s', (_, draft) => {
    expect(v.is(input, draft)).toBe(false);
  });
});
