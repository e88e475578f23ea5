// Finds names that are not standard terms: private words in identifiers, text keys and file names, and exports that
// share a name.

/** Words that an earlier version used instead of the standard term. None may return. */
const PRIVATE_WORDS = new Set(
  `asked asking begun bury debt debts depot door doubt doubts enlist guest heard heir judged kept lane lanes learn
  leaving letgo mend mended misunderstood owed pace patience patiently pay piece pieces place places retiring road
  said shop strayed stranger strangers surrender takeover tidy told verdict verdicts way ways wish wishes
  world`.split(/\s+/),
);
/** Private terms that consist of several words, such as `takeOver`. */
const PRIVATE_PHRASES = [
  'at its store',
  'draft of',
  'find earlier',
  'found on',
  'found command',
  'is look',
  'keep begun',
  'lack of',
  'let go',
  'needed secrets',
  'needy profile',
  'of one',
  'or aborted',
  'own record',
  'take over',
];
/** File names, without extensions, that an earlier version used. None may return. */
const PRIVATE_FILE_NAMES =
  /^(given-.*|again|bad-input|canary|door|first-light|kills|late|look|many-apps|on-their-way|or-aborted|own-record|shown|target|words)$/;

/** The private words in a file name. @param {string} file */
export function privateWordsInPath(file) {
  const name = file.replace(/^.*\//, '');
  const [base = ''] = name.split('.');
  return [...privateWords(name), ...(PRIVATE_FILE_NAMES.test(base) ? [base] : [])];
}

/** The identifiers of a source text that contain a private word. @param {string} text */
export function privateWordsIn(text) {
  const identifiers = new Set(withoutStringsAndComments(text).match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? []);
  return [...identifiers].filter((name) => privateWords(name).length > 0);
}

/** The keys and parameters of a text catalogue that contain a private word. @param {string} text */
export function privateWordsInTexts(text) {
  const keys = [...text.matchAll(/^ {2}'([\w.-]+)':/gm)].map(([, key = '']) => key);
  const parameters = [...text.matchAll(/\{(\w+)[,}]/g)].map(([, parameter = '']) => parameter);
  return [...new Set([...keys, ...parameters])].filter((name) => privateWords(name).length > 0);
}

/** @param {string} name in camelCase, kebab-case or snake_case */
function privateWords(name) {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean);
  const joined = ` ${words.join(' ')} `;
  return [
    ...words.filter((word) => PRIVATE_WORDS.has(word)),
    ...PRIVATE_PHRASES.filter((phrase) => joined.includes(` ${phrase} `)),
  ];
}

/**
 * Block comments, line comments, and strings in single quotes, double quotes or backticks. `//` after some characters,
 * such as a colon, is part of a URL or a regular expression.
 */
const stringsAndComments =
  /\/\*[\s\S]*?\*\/|(?<![:'"`\w/\\[])\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|\$\{[^}]*\}|[^`\\])*`/g;

/** Keeps the code inside a template string. @param {string} text */
function withoutStringsAndComments(text) {
  return text.replaceAll(stringsAndComments, (match) =>
    match.startsWith('`') ? [...match.matchAll(/\$\{([^}]*)\}/g)].map(([, code]) => code).join(' ') : ' ',
  );
}

/** The names that a source text exports. @param {string} text @returns {string[]} */
export const exportedNames = (text) => [
  ...new Set([
    ...[...text.matchAll(declaredExport)].map(([, name = '']) => name),
    ...[...text.matchAll(exportedGroup)].flatMap(([, names = '']) => names.split(',').map(exportedAs)).filter(Boolean),
  ]),
];

/** An export with its declaration, such as `export async function load`. */
const declaredExport =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|(?:const )?enum|const|let|var|class|interface|type) ([\w$]+)/gm;
/** `export { a, b as c }`, `export { a } from '…'` and `export const { a, b: c } = …` */
const exportedGroup = /^export (?:type |const |let |var )?\{([^}]*)\}/gm;

/** The name after `as` or a colon, without `type` and a default value. @param {string} specifier */
const exportedAs = (specifier) => /^(?:.*?(?:\bas\b|:))?\s*(?:type\s+)?([\w$]+)/s.exec(specifier)?.[1] ?? '';
