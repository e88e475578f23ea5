/** Checks the values of a form without network access. */
import * as v from 'valibot';
import type { FieldProblem, FieldValues } from '../../../src-shared/profile.ts';
import { commonSettingsSchema } from '../settings/common-settings.ts';
import { errorFromIssue } from '../settings/field-issues.ts';
import type { Provider } from '../contract/provider.ts';

/** The first problem of each field. Never contains the typed value, which may be a secret. */
export function fieldProblems(provider: Provider, values: FieldValues): FieldProblem[] {
  const issues = [provider.settings, commonSettingsSchema].flatMap(
    (schema) => v.safeParse(schema, values).issues ?? [],
  );
  const problems = issues
    .map((issue) => errorFromIssue(issue))
    .flatMap((error) => (error.field === undefined ? [] : [{ field: error.field, error }]));
  return problems.filter(({ field }, index) => problems.findIndex((other) => other.field === field) === index);
}
