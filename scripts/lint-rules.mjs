// The project's own lint rules, as a plugin of oxlint. .oxlintrc.json switches them on for each folder.
// Each message says what to do instead. lint-rules.test.mjs tests every rule.

import path from 'node:path';
import { wrongImport } from './layers.mjs';

/** @typedef {any} Node an ESTree node with the TypeScript extensions */
/**
 * @typedef {{ filename: string, sourceCode: any, report(problem: { node: Node, message: string }): void }} RuleContext
 */

/** @param {string} filename */
const toPosixPath = (filename) => filename.replaceAll('\\', '/');

/**
 * A rule that allows a construct only in files whose path matches.
 * @param {RegExp} allowedFiles
 * @param {(report: (node: Node) => void) => Record<string, (node: Node) => void>} visit
 * @param {string} message
 */
const restrictTo = (allowedFiles, visit, message) => ({
  create: (/** @type {RuleContext} */ context) =>
    allowedFiles.test(toPosixPath(context.filename)) ? {} : visit((node) => context.report({ node, message })),
});

/** @param {Node} node */
const nameOf = (node) => node?.name ?? (node?.type === 'Literal' ? String(node.value) : undefined);

/** @param {Node} node the text that a string or template starts with */
const textOf = (node) => {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  return node?.type === 'TemplateLiteral' ? node.quasis[0].value.cooked : undefined;
};

/** `node` and every node below it. @param {Node} node @returns {Generator<Node>} */
function* descendants(node) {
  yield node;
  for (const [key, value] of Object.entries(node)) {
    if (key === 'parent') continue;
    for (const child of Array.isArray(value) ? value : [value])
      if (child && typeof child.type === 'string') yield* descendants(child);
  }
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** @param {Node} param */
function isBoolean(param) {
  const target = param.type === 'AssignmentPattern' ? param.left : param;
  const type = target.typeAnnotation?.typeAnnotation?.type;
  return type === 'TSBooleanKeyword' || (param.type === 'AssignmentPattern' && typeof param.right.value === 'boolean');
}

/** Rejects parameters of type boolean in exported functions and in public methods of exported classes. */
const noBooleanParameter = {
  create(/** @type {RuleContext} */ context) {
    const check = (/** @type {Node} */ fn) => {
      for (const param of FUNCTIONS.has(fn?.type) ? fn.params : []) {
        if (isBoolean(param))
          context.report({
            node: param,
            message: 'A bare true or false in a call has no visible meaning. Take an options object or a string union.',
          });
      }
    };
    return {
      ExportNamedDeclaration(/** @type {Node} */ { declaration }) {
        check(declaration);
        for (const { init } of declaration?.declarations ?? []) check(init);
        for (const member of declaration?.type === 'ClassDeclaration' ? declaration.body.body : [])
          if (member.accessibility !== 'private') check(member.value);
      },
    };
  },
};

/** Rejects a catch that neither throws, nor uses the error, nor has a comment that explains why. */
const noSilentCatch = {
  create(/** @type {RuleContext} */ context) {
    /** @param {Node} clause @param {Node} param @param {Node} body */
    const check = (clause, param, body) => {
      const inside = [...descendants(body)];
      const throws = inside.some((node) => node.type === 'ThrowStatement');
      const caughtNames = new Set(
        param ? [...descendants(param)].filter((node) => node.type === 'Identifier').map((node) => node.name) : [],
      );
      const usesCause = inside.some((node) => node.type === 'Identifier' && caughtNames.has(node.name));
      // A comment inside the clause, or after it on its last line, counts as an explanation.
      const hasComment = context.sourceCode
        .getAllComments()
        .some((/** @type {Node} */ { range }) => range[0] >= clause.range[0] && range[1] <= endOfLine(clause.range[1]));
      if (throws || usesCause || hasComment) return;
      context.report({
        node: clause,
        message:
          'This catch hides every error, even bugs. Handle only expected errors, rethrow, use the cause, or explain in a comment why any error is acceptable.',
      });
    };
    /** @param {number} offset */
    const endOfLine = (offset) => {
      const end = context.sourceCode.text.indexOf('\n', offset);
      return end < 0 ? context.sourceCode.text.length : end;
    };
    return {
      CatchClause: (/** @type {Node} */ node) => check(node, node.param, node.body),
      CallExpression(/** @type {Node} */ node) {
        const [handler] = node.arguments;
        if (nameOf(node.callee.property) === 'catch' && FUNCTIONS.has(handler?.type))
          check(handler, handler.params[0], handler.body);
      },
    };
  },
};

const USER_VISIBLE_ATTRIBUTES = new Set([
  'aria-label',
  'aria-description',
  'aria-placeholder',
  'aria-roledescription',
  'aria-valuetext',
  'alt',
  'description',
  'errorMessage',
  'label',
  'placeholder',
  'title',
]);

/** Rejects text in attributes that users see, because all such text belongs into src-shared/text/. */
const noLiteralAttribute = {
  create: (/** @type {RuleContext} */ context) => ({
    JSXAttribute(/** @type {Node} */ node) {
      const value = node.value?.type === 'JSXExpressionContainer' ? node.value.expression : node.value;
      if (USER_VISIBLE_ATTRIBUTES.has(nameOf(node.name)) && /\p{L}/u.test(textOf(value) ?? '')) {
        context.report({
          node,
          message: 'Users read this text. Move it to src-shared/text/ and use its key.',
        });
      }
    },
  }),
};

const RAW_HTML = new Set([
  'innerHTML',
  'outerHTML',
  'insertAdjacentHTML',
  'setHTMLUnsafe',
  'srcdoc',
  'dangerouslySetInnerHTML',
  'createContextualFragment',
]);

/** Rejects properties and methods that turn a string into markup. */
const noRawHtml = {
  create(/** @type {RuleContext} */ context) {
    const check = (/** @type {Node} */ node, /** @type {string | undefined} */ name) => {
      if (name && RAW_HTML.has(name))
        context.report({
          node,
          message: `${name} turns text into markup, and file names are untrusted input. Use elements.`,
        });
    };
    return {
      MemberExpression(/** @type {Node} */ node) {
        check(node, nameOf(node.property));
        if (nameOf(node.object) === 'document' && /^write(ln)?$/.test(nameOf(node.property) ?? ''))
          context.report({ node, message: 'document.write turns text into markup. Use elements.' });
      },
      JSXAttribute: (/** @type {Node} */ node) => check(node, nameOf(node.name)),
      Property: (/** @type {Node} */ node) => check(node, nameOf(node.key)),
    };
  },
};

/** Rejects loading a web address into a window. */
const noRemoteUrl = {
  create: (/** @type {RuleContext} */ context) => ({
    CallExpression(/** @type {Node} */ node) {
      const [address] = node.arguments;
      if (nameOf(node.callee.property) === 'loadURL' && /^https?:/i.test(textOf(address) ?? '')) {
        context.report({ node, message: 'The window loads only app://hoist/. Open anything else in the browser.' });
      }
    },
  }),
};

/**
 * The value that each preference must have where it is set. `undefined`: it must not be set.
 * @type {Record<string, boolean | undefined>}
 */
const SAFE_WEB_PREFERENCES = {
  sandbox: true,
  contextIsolation: true,
  webSecurity: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  allowRunningInsecureContent: false,
  webviewTag: false,
  experimentalFeatures: false,
  navigateOnDragDrop: false,
  enableBlinkFeatures: undefined,
};

/** Rejects preferences of a window that would weaken its sandbox. */
const safeWebPreferences = {
  create: (/** @type {RuleContext} */ context) => ({
    Property(/** @type {Node} */ node) {
      const name = nameOf(node.key) ?? '';
      if (!Object.hasOwn(SAFE_WEB_PREFERENCES, name)) return;
      if (node.value.type === 'Literal' && node.value.value === SAFE_WEB_PREFERENCES[name]) return;
      context.report({
        node,
        message: `The page is untrusted: ${name} must ${SAFE_WEB_PREFERENCES[name] === undefined ? 'not be set' : `be the literal ${SAFE_WEB_PREFERENCES[name]}`}.`,
      });
    },
  }),
};

const WINDOW_CLASSES = new Set(['BrowserWindow', 'BaseWindow', 'BrowserView', 'WebContentsView']);

/**
 * Reports each use of these exports of Electron: imports, also under another name, and property accesses. Imports of
 * types are allowed.
 * @param {Set<string>} names
 * @param {(node: Node) => void} report
 */
const usesOfElectron = (names, report) => {
  const check = (/** @type {Node} */ node, /** @type {Node} */ name) => {
    if (names.has(nameOf(name) ?? '')) report(node);
  };
  return {
    ImportSpecifier(/** @type {Node} */ node) {
      if (node.importKind !== 'type' && node.parent.importKind !== 'type') check(node, node.imported);
    },
    ExportSpecifier(/** @type {Node} */ node) {
      if (node.exportKind !== 'type' && node.parent.exportKind !== 'type') check(node, node.local);
    },
    MemberExpression: (/** @type {Node} */ node) => check(node, node.property),
    ObjectPattern(/** @type {Node} */ node) {
      for (const property of node.properties) check(property, property.key);
    },
  };
};

const restrictWindowCreation = restrictTo(
  /\/src-main\/app\/window\.ts$/,
  (report) => usesOfElectron(WINDOW_CLASSES, report),
  'Create windows only in src-main/app/window.ts, which locks them down.',
);

const restrictIpcMain = restrictTo(
  /\/src-main\/ipc\//,
  (report) => usesOfElectron(new Set(['ipcMain']), report),
  'Messages from the page must go through src-main/ipc/serve.ts, which checks the sender and parses the input.',
);

const restrictShellOpen = restrictTo(
  /\/src-main\/app\//,
  (report) => ({
    MemberExpression(node) {
      if (['openExternal', 'openPath', 'showItemInFolder'].includes(nameOf(node.property) ?? '')) report(node);
    },
  }),
  'Only src-main/app/ may open addresses and files in other programs; it checks them first.',
);

/** Rejects file names that do not say what a file contains. */
const descriptiveFileName = {
  create: (/** @type {RuleContext} */ context) => ({
    Program(/** @type {Node} */ node) {
      const file = toPosixPath(context.filename);
      if (/\/(utils?|helpers?|common|misc|stuff|lib)\.[cm]?[jt]sx?$/i.test(file))
        context.report({ node, message: 'Name the file after its one task.' });
      if (/\/index\.[cm]?[jt]sx?$/.test(file) && !/\/src-main\/providers\/[^/]+\/index\.ts$/.test(file))
        context.report({
          node,
          message: "The name index does not say what a file contains. Only a provider's manifest may have it.",
        });
    },
  }),
};

/** Rejects imports of a higher layer (layers.mjs). */
const importDirection = {
  create(/** @type {RuleContext} */ context) {
    const file = projectPath(context.filename);
    if (file === undefined) return {};
    const check = (/** @type {Node} */ node) => {
      const specifier = textOf(node.source);
      if (!specifier?.startsWith('.')) return;
      const message = wrongImport(file, path.posix.join(path.posix.dirname(file), specifier));
      if (message) context.report({ node, message });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportAllDeclaration: check,
      ExportNamedDeclaration: check,
    };
  },
};

/** A source file relative to the project; undefined for other files. @param {string} filename */
function projectPath(filename) {
  return /(?:^|\/)(src-(?:main|renderer|shared)\/.*)$/.exec(toPosixPath(filename))?.[1];
}

export default {
  meta: { name: 'hoist' },
  rules: {
    'no-silent-catch': noSilentCatch,
    'descriptive-file-name': descriptiveFileName,
    'import-direction': importDirection,
    'no-boolean-parameter': noBooleanParameter,
    'no-literal-attribute': noLiteralAttribute,
    'no-raw-html': noRawHtml,
    'no-remote-url': noRemoteUrl,
    'restrict-ipc-main': restrictIpcMain,
    'restrict-shell-open': restrictShellOpen,
    'restrict-window-creation': restrictWindowCreation,
    'safe-web-preferences': safeWebPreferences,
  },
};
