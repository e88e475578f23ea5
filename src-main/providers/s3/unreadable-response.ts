/**
 * Recognizes responses that do not prove anything: a web page, a truncated document, a text of another server. Searches
 * their text for the store's error code, or for the reason that the other server gives.
 */
import { tryParseJson } from '../network/parse-json.ts';
import { sdkErrorStatus } from './sdk-error.ts';

/** The reasons that a server gives are shorter. Searching in a longer text could take seconds. */
const maxTextLength = 16 * 1024;
const maxMessageLength = 2000;

interface DeserializationError {
  name?: string;
  message?: string;
  /** The SDK adds the properties that begin with `$` when it cannot parse a body. */
  $responseBodyText?: string;
  $response?: { body?: unknown };
}

/** The SDK could not parse the response: a web page, a login page, an error page of a proxy, or half a document. */
export const isUnreadable = ({ name, message = '' }: DeserializationError): boolean =>
  name === 'SyntaxError' ||
  /XML parse|deserializ|Unexpected token|char '.*' is not expected|Unclosed|closing tag/i.test(
    message.slice(0, maxMessageLength),
  );

/** The bytes of a response that the SDK could not parse. */
function unreadableText(thrown: DeserializationError): string | undefined {
  const text = thrown.$responseBodyText ?? thrown.$response?.body;
  return isUnreadable(thrown) && typeof text === 'string' ? text.slice(0, maxTextLength) : undefined;
}

const isPageText = (text: string): boolean => /<(!doctype\s+html|html|body)\b/i.test(text);

/** Whether the response begins like XML but is not a web page: the store's own document, damaged or cut off. */
export function isDamagedDocument(thrown: DeserializationError): boolean {
  const text = unreadableText(thrown);
  return text !== undefined && /^\s*<\??[a-z]/i.test(text) && !isPageText(text);
}

/** A response with a status of success (2xx) that no store sends: the object may be stored or not. */
export const isUnprovenSuccess = (cause: unknown): boolean =>
  cause instanceof Error &&
  (cause.name === 'UnexpectedPageError' ||
    (isUnreadable(cause) && Math.floor((sdkErrorStatus(cause) ?? 0) / 100) === 2));

/** Reads the code and the message from a document that is not valid XML, for example because it was cut off. */
export function damagedErrorElements(thrown: DeserializationError): { name: string; message?: string } | undefined {
  const text = isDamagedDocument(thrown) ? (unreadableText(thrown) ?? '') : '';
  const code = /<Code>([\w.-]{1,80})<\/Code>/.exec(text)?.[1];
  const message = /<Message>([^<]*)/.exec(text)?.[1];
  return code === undefined ? undefined : { name: code, ...(message === undefined ? {} : { message }) };
}

/** The reason in a response of a server that is not the store: the title of a page, the message of JSON, or a text. */
export function foreignReason(thrown: DeserializationError): string | undefined {
  const text = unreadableText(thrown);
  if (text === undefined || isDamagedDocument(thrown)) return undefined;
  if (isPageText(text)) return /<(title|h1)[^>]*>([^<]+)/i.exec(text)?.[2];
  return jsonReason(tryParseJson(text)) ?? (/[<>{}]/.test(text) ? undefined : text);
}

/** The fields in which web services put their error message. */
const jsonReasonFields = ['message', 'detail', 'error', 'error_description', 'title'] as const;

function jsonReason(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const record = json as Record<string, unknown>;
  return jsonReasonFields.map((field) => record[field]).find((value) => typeof value === 'string');
}
