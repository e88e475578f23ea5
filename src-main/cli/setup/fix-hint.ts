/** Names the setting that causes an error in the words of a shell: an option, a command or an environment variable. */
import type { AppError } from '../../../src-shared/errors.ts';
import { practiceId, type FieldValues, type Profile } from '../../../src-shared/profile.ts';
import { holdsSecret, isShown, type Field } from '../../../src-shared/provider.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { ProfileId } from '../../../src-shared/upload.ts';
import type { Core } from '../../core.ts';
import { withInitialValues } from '../../profiles/field-values.ts';
import type { CliContext } from '../cli-context.ts';
import { shellQuoted } from '../format.ts';
import { optionName } from './field-options.ts';

/** The command whose arguments contain the setting. Only `add` has an option for each field; others have `--set`. */
export type SettingsCommand = 'add' | 'adopt' | 'edit';

/** The argument that changes a field: `--bucket`, `--set bucket=…`, `--sign-in`. */
export function fieldArgument({ key, kind, label, group }: Field, command: SettingsCommand): string {
  if (!holdsSecret({ kind })) {
    const value = kind === 'lines' ? '@FILE' : '…';
    return command === 'add' ? optionName(key) : `--set ${key}=${value}`;
  }
  if (command === 'edit') return group === 'sign-in' ? '--sign-in' : text('cli.fix.secret-in-file', { key });
  return kind === 'sign-in' || command === 'adopt' ? text(label) : text('cli.fix.secret', { key });
}

/** The arguments that fix the error; undefined if it concerns no field. */
export function fixArguments(error: AppError, fields: readonly Field[], command: SettingsCommand): string | undefined {
  const concerned = fields.filter(({ key }) => concernedFields(error).includes(key));
  const changes = concerned.map((field) => fieldArgument(field, command));
  return changes.length === 0 ? undefined : changes.join(command === 'add' ? ', ' : ' ');
}

/**
 * The fields that an error is about. A rejected login at a proxy is about two, and a new user name also discards the
 * saved password.
 */
const concernedFields = ({ code, field }: AppError): string[] => {
  if (field === undefined) return [];
  return code === 'unauthorized' && field === 'proxyUser' ? [field, 'proxyPassword'] : [field];
};

/** Returns how the user fixes the error of a destination; undefined if no setting of the destination can fix it. */
export type FixHint = (id: ProfileId, error: AppError) => string | undefined;

export const createFixHint =
  ({ profiles, providers, store }: Core, { env }: Pick<CliContext, 'env'>): FixHint =>
  (id, error) => {
    const profile = profiles.catalog.find(id);
    const fields = providers.infos().find((info) => info.id === profile?.providerId)?.fields;
    // A sentence that names a variable already says what to do.
    if (!profile || !fields || id === practiceId || error.params?.['variable'] !== undefined) return undefined;
    if (needsMfaCode(error)) return undefined;
    const variables = fieldsOf(error, fields, profile.settings).filter((field) => isFromVariable(field, profile));
    if (variables.length > 0) return variablesHint(variables, env);
    return store.profiles.get(id) && commandHint(error, fields, shellQuoted(profile.name));
  };

/** Whether the user only has to enter the code of an MFA device: no setting is wrong. */
export const needsMfaCode = ({ params }: AppError): boolean => params?.['why'] === 'mfa';

/** An error about a missing key names no field. */
const isKeyMissing = ({ code, field }: AppError): boolean => code === 'secret-missing' && field === undefined;

const fieldsOf = (error: AppError, fields: Field[], settings: FieldValues): Field[] =>
  isKeyMissing(error)
    ? fields.filter(
        (field) =>
          field.group === 'sign-in' && field.required && isShown(field, withInitialValues({ fields }, settings)),
      )
    : fields.filter(({ key }) => key === error.field);

/** @param name the name of the destination, quoted for a shell */
function commandHint(error: AppError, fields: readonly Field[], name: string): string | undefined {
  // No setting is wrong.
  if (error.code === 'secret-missing' && error.params?.['why'] === 'program')
    return text('cli.fix.allow-program', { command: `hoist setup test ${name} --allow-program` });
  if (error.params?.['why'] === 'oneSetting') return text('cli.fix.test', { command: `hoist setup test ${name}` });
  const change = isKeyMissing(error) ? '--sign-in' : fixArguments(error, fields, 'edit');
  return change === undefined ? undefined : text('cli.fix.command', { command: `hoist setup edit ${name} ${change}` });
}

/** The sign-in of an environment's destination is read from variables, and so is every setting that was not saved. */
const isFromVariable = ({ key, group, variables }: Field, { source, settings }: Profile): boolean =>
  source === 'environment' && variables !== undefined && (group === 'sign-in' || settings[key] === undefined);

type Environment = CliContext['env'];

/** Names the variable that is in effect; if the field has no value, the first one that could set it. */
function variablesHint(fields: readonly Field[], env: Environment): string {
  const names = fields.flatMap(({ variables = [] }) => variables.find((name) => env[name]) ?? variables[0] ?? []);
  return text('cli.fix.variables', { count: names.length, names: names.join(', ') });
}
