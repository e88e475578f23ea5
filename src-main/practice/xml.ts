/** The documents that go to and fro. Reading knows no entities but XML's own five and numbers, and fetches nothing. */
import { parseXML, XmlNode, XmlText } from '@aws-sdk/xml-builder';
import { s3Error } from './s3-error.ts';

/** Undefined leaves the element out. */
export type XmlContent = string | number | boolean | undefined | readonly XmlNode[];

/** @param content text, or the elements inside */
export function element(name: string, content: XmlContent): XmlNode[] {
  if (content === undefined) return [];
  return [new XmlNode(name, typeof content === 'object' ? [...content] : [new XmlText(String(content))])];
}

/** Elements of plain values, in the order given. */
export const elements = (values: Record<string, string | number | boolean | undefined>): XmlNode[] =>
  Object.entries(values).flatMap(([name, value]) => element(name, value));

/** @returns the whole document, in S3's name space but for errors, which have none */
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
    // Its own complaints are plain errors; thousands of elements inside each other exhaust the stack.
    if (cause instanceof RangeError || (cause instanceof Error && cause.message.includes('XML parse error')))
      throw s3Error('MalformedXML');
    throw cause;
  }
}

/** The parser gives what stands once as it is, and what is repeated as a list. */
export const toArray = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** @returns undefined for what is no element with children */
export const asElement = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

/** @returns undefined for what is no element with text */
export const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
