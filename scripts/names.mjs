// Finds names that are not standard terms: private words in identifiers and file names, and exports that share a name.

/** Words that an earlier version used instead of the standard term. None may return. */
const PRIVATE_WORDS = new Set(
  `owed debt debts lane lanes road wish wishes mended mend doubt doubts heir guest depot shop bury enlist surrender stranger
  strangers patience patiently tidy begun misunderstood strayed retiring`.split(/\s+/),
);
/** The same for words of several parts, in lower case. */
const PRIVATE_PHRASES = ['letgo', 'needyprofile', 'lackof'];

/** The private words in a file name. @param {string} file */
export const privateWordsInPath = (file) => privateWords(file.replace(/^.*\//, ''));

/** The identifiers of a source text that contain a private word. @param {string} text */
export function privateWordsIn(text) {
  const identifiers = new Set(withoutStringsAndComments(text).match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? []);
  return [...identifiers].filter((name) => privateWords(name).length > 0);
}

/** @param {string} name in camelCase, kebab-case or snake_case */
function privateWords(name) {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean);
  const joined = words.join('');
  return [
    ...words.filter((word) => PRIVATE_WORDS.has(word)),
    ...PRIVATE_PHRASES.filter((phrase) => joined.includes(phrase)),
  ];
}

/** @param {string} text */
function withoutStringsAndComments(text) {
  return text.replaceAll(
    /\/\*[\s\S]*?\*\/|(?<![:'"`\w/\\[])\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|\$\{[^}]*\}|[^`\\])*`/g,
    (match) => (match.startsWith('`') ? [...match.matchAll(/\$\{([^}]*)\}/g)].map(([, code]) => code).join(' ') : ' '),
  );
}

/** The names that a source text exports. @param {string} text @returns {string[]} */
export const exportedNames = (text) =>
  [
    ...text.matchAll(
      /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type) ([\w$]+)/gm,
    ),
  ].map(([, name = '']) => name);
