/** The reason of a failure in the server's own words. */
import { sanitizeServerMessage } from '../network/server-message.ts';
import type { S3Settings } from './settings.ts';
import { foreignReason } from './unreadable-response.ts';

/** Error names that stores use for many different causes. */
export const genericErrorNames = /^(InvalidArgument|InvalidRequest|NotImplemented)$/;

/** Whether the store named the error. The SDK uses these names for a response without a name. */
export const hasErrorName = ({ name = '' }: { name?: string }): boolean =>
  !['', 'Unknown', 'UnknownError', 'Error', 'S3ServiceException', 'SyntaxError'].includes(name);

interface Thrown {
  name?: string;
  message?: string;
  $responseBodyText?: string;
  $response?: { body?: unknown };
}

const secretsOf = ({ signIn }: Pick<S3Settings, 'signIn'>): (string | undefined)[] =>
  signIn.by === 'keys' ? [signIn.secretAccessKey, signIn.sessionToken, signIn.accessKeyId] : [];

/** The server's message, or its error name when the message is empty. */
export function serverMessage(thrown: Thrown, settings: Pick<S3Settings, 'signIn'>): string | undefined {
  const secrets = secretsOf(settings);
  const message = sanitizeServerMessage(foreignReason(thrown) ?? storeMessage(thrown), secrets);
  // Some stores repeat a generic error name in the message.
  if (message !== undefined && !genericErrorNames.test(message)) return message;
  const isNameSpecific = hasErrorName(thrown) && !genericErrorNames.test(thrown.name ?? '');
  return isNameSpecific ? sanitizeServerMessage(thrown.name, secrets) : undefined;
}

/** The store's message. If the SDK could not parse the response, the error has the SDK's own message instead. */
const storeMessage = (thrown: Thrown): string | undefined =>
  thrown.$responseBodyText === undefined && typeof thrown.$response?.body !== 'string' ? thrown.message : undefined;

/** Standard sentences of S3 stores. They say the same as the error code, so Hoist's own sentence is enough. */
const standardMessages: readonly RegExp[] = [
  /^access ?denied$/,
  /^anonymous access is forbidden/,
  /^the (aws )?access key id you provided does not exist in our records$/,
  /^the request signature we calculated does not match the signature you provided/,
  /^the specified (bucket|key|upload|multipart upload) (does not exist|is not valid)/,
  /^the (specified|provided) (bucket|token|storage class|location.constraint|method)\b.*\b(valid|expired)/,
  /^the (specified|provided) (bucket|token|storage class|location.constraint|method)\b.*\b(malformed|allowed)/,
  /^the authorization (header )?is malformed/,
  /^the (bucket|region) (you are attempting to access|'?[\w-]*'? is wrong)/,
  /^the storage class you specified is not valid/,
  /^the difference between the request time and the (server's|current) time is too large/,
  /^(please )?reduce your request rate/,
  /^we encountered an internal error/,
  /^(internal (server )?error|internalerror|service unavailable|bad gateway|gateway timeout)$/,
  /^(slow ?down|too many requests)$/,
  /^request has expired/,
  /^your proposed upload exceeds the maximum allowed/,
  /^a (header|conflicting conditional operation) (you provided implies|is currently in progress)/,
  /^the (content-md5|content-sha256|provided 'x-amz-content-sha256'|bucket does not allow acls)/,
  /^at least one of the pre-?conditions/,
  /^(your request was|your socket connection to the server was|you must provide the content-length)/,
];

/** Returns the message if it says more than the error code. Hoist's sentence about the error then quotes it. */
export function informativeMessage(message: string | undefined, name: string | undefined): string | undefined {
  const isStandard =
    message === undefined ||
    message === name ||
    standardMessages.some((pattern) => pattern.test(message.toLowerCase()));
  return isStandard ? undefined : message;
}
