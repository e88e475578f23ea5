/**
 * Reads and writes XML documents. The parser supports only the five predefined entities and character references, and
 * loads no external data.
 */
import { parseXML, XmlNode, XmlText } from '@aws-sdk/xml-builder';
import { s3Error } from './s3-error.ts';

/** Elements with the value `undefined` are omitted. */
export type XmlContent = string | number | boolean | undefined | readonly XmlNode[];

/** @param content text, or the inner elements */
export function element(name: string, content: XmlContent): XmlNode[] {
  if (content === undefined) return [];
  return [new XmlNode(name, typeof content === 'object' ? [...content] : [new XmlText(String(content))])];
}

/** Elements with text values, in the given order. */
export const elements = (values: Record<string, string | number | boolean | undefined>): XmlNode[] =>
  Object.entries(values).flatMap(([name, value]) => element(name, value));

/** @returns the complete document in S3's namespace; error documents have no namespace */
export function renderDocument(name: string, content: readonly XmlNode[]): string {
  const root = new XmlNode(name, [...content]);
  if (name !== 'Error') root.addAttribute('xmlns', 'http://s3.amazonaws.com/doc/2006-03-01/');
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.toString()}`;
}

/**
 * @returns the children of the root element, which must have this name: texts, objects of children, or lists of either
 * @throws S3Error MalformedXML
 */
export function parseDocument(text: string, name: string): Record<string, unknown> {
  const root = asElement(parseXmlText(text)[name]);
  if (!root) throw s3Error('MalformedXML');
  return root;
}

function parseXmlText(text: string): Record<string, unknown> {
  try {
    return parseXML(text) as Record<string, unknown>;
  } catch (cause) {
    // The parser throws plain Errors, and a RangeError when thousands of nested elements exhaust the stack.
    if (cause instanceof RangeError || (cause instanceof Error && cause.message.includes('XML parse error')))
      throw s3Error('MalformedXML');
    throw cause;
  }
}

/** The parser returns a list for a repeated element, but a plain value for a single one. */
export const toArray = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** @returns undefined when the value is not an element with children */
export const asElement = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

/** @returns undefined when the value is not an element with text */
export const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
