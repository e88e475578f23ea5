// Runs the real linter with the real configuration on a small tree of examples. Each rule must report its `fires`
// examples and none of its `quiet` examples.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stacks } from './layers.mjs';

const root = path.resolve(import.meta.dirname, '..');

/** @typedef {[code: string, file?: string]} RuleExample */
/** @type {Record<string, { fires: RuleExample[], quiet: RuleExample[] }>} */
const rules = {
  'hoist(no-boolean-parameter)': {
    fires: [
      ['export function send(file: string, again: boolean) {}'],
      ['export const send = (again = false) => again;'],
      ['export class Sender { send(again: boolean) {} }'],
    ],
    quiet: [
      ['export function send(file: string, options: { again: boolean }) {}'],
      ['function send(again: boolean) {}\nsend(true);'],
      ['export class Sender { private send(again: boolean) {} }'],
    ],
  },
  'hoist(no-silent-catch)': {
    fires: [
      ['try { work(); } catch {}'],
      ['try { work(); } catch { recover(); }'],
      ['try { work(); } catch (error) { recover(); }'],
      ['work().catch(() => undefined);'],
    ],
    quiet: [
      ['try { work(); } catch (error) { if (error instanceof Gone) recover(); else throw error; }'],
      ['try { work(); } catch (error) { log(error); }'],
      ['try { work(); } catch (cause) { throw failure(cause); }'],
      ['try { work(); } catch {\n  recover(); // the link stays valid after any error\n}'],
      ['work().catch((error) => report(error));'],
      ['work().catch(report);'],
      ['work().catch(() => undefined); // the page may be gone'],
    ],
  },
  'hoist(no-literal-attribute)': {
    fires: [
      ['const a = <button aria-label="Copy link" />;', 'src-renderer/a1.tsx'],
      ['const a = <img alt={`Icon`} />;', 'src-renderer/a2.tsx'],
    ],
    quiet: [
      ['const a = <button className="primary" aria-label={text.copy} />;', 'src-renderer/a3.tsx'],
      ['const a = <img alt="" />;', 'src-renderer/a4.tsx'],
    ],
  },
  'react(jsx-no-literals)': {
    fires: [['const a = <p>Drop files</p>;', 'src-renderer/b1.tsx']],
    quiet: [
      ['const a = <p>{text.drop}</p>;', 'src-renderer/b2.tsx'],
      ['const a = <p>A long name</p>;', 'src-renderer/scenes/b3.tsx'],
    ],
  },
  'hoist(no-raw-html)': {
    fires: [
      ['row.innerHTML = name;'],
      ['const a = <p dangerouslySetInnerHTML={html} />;', 'src-renderer/c1.tsx'],
      ['document.write(name);'],
      ['create("p", { innerHTML: name });'],
    ],
    quiet: [['row.textContent = name;']],
  },
  'hoist(no-remote-url)': {
    fires: [['page.loadURL("https://hoist.invalid/");'], ['page.loadURL(`http://${host}/`);']],
    quiet: [['page.loadURL("app://hoist/");']],
  },
  'hoist(safe-web-preferences)': {
    fires: [
      ['use({ sandbox: false });'],
      ['use({ contextIsolation: isolated });'],
      ['use({ "nodeIntegration": true });'],
      ['use({ enableBlinkFeatures: "CSSVariables" });'],
    ],
    quiet: [['use({ sandbox: true, contextIsolation: true, nodeIntegration: false, preload });']],
  },
  'hoist(restrict-window-creation)': {
    fires: [
      ['import { BrowserWindow } from "electron";\nnew BrowserWindow();', 'src-main/app/h1.ts'],
      ['import { BaseWindow as Frame } from "electron";\nnew Frame();', 'src-main/app/h2.ts'],
      ['new electron.WebContentsView();', 'src-main/app/h3.ts'],
      ['const { BrowserWindow: Frame } = electron;\nnew Frame();', 'src-main/app/h4.ts'],
      ['const Frame = electron["BrowserView"];\nnew Frame();', 'src-main/app/h5.ts'],
      ['export { BrowserWindow as Frame } from "electron";', 'src-main/app/h6.ts'],
    ],
    quiet: [
      ['import { BrowserWindow } from "electron";\nnew BrowserWindow();', 'src-main/app/window.ts'],
      ['import { app, type BrowserWindow } from "electron";\nuse(app);', 'src-main/app/h7.ts'],
      ['import type { BrowserWindow } from "electron";', 'src-main/app/h8.ts'],
    ],
  },
  'hoist(restrict-ipc-main)': {
    fires: [
      ['import { ipcMain } from "electron";\nuse(ipcMain);', 'src-main/app/d1.ts'],
      ['electron.ipcMain.handle("x", work);', 'src-main/app/d2.ts'],
      ['const { ipcMain } = electron;\nuse(ipcMain);', 'src-main/app/d3.ts'],
      ['import { ipcMain as receiver } from "electron";\nuse(receiver);', 'src-main/app/d4.ts'],
    ],
    quiet: [['import { ipcMain } from "electron";\nuse(ipcMain);', 'src-main/ipc/serve.ts']],
  },
  'hoist(restrict-shell-open)': {
    fires: [['shell.openExternal(url);', 'src-main/ipc/handlers.ts']],
    quiet: [['shell.openExternal(url);', 'src-main/app/open-link.ts']],
  },
  'hoist(descriptive-file-name)': {
    fires: [
      ['export const a = 1;', 'src-main/store/utils.ts'],
      ['export const a = 1;', 'src-renderer/ui/index.tsx'],
    ],
    quiet: [
      ['export const a = 1;', 'src-main/providers/s3/index.ts'],
      ['export const a = 1;', 'src-main/store/sqlite.ts'],
    ],
  },
  'eslint(no-restricted-imports)': {
    fires: [
      ['import fs from "node:fs";\nuse(fs);'],
      ['import { a } from "../store/sqlite.ts";\nuse(a);'],
      ['import { app } from "electron";\nuse(app);', 'src-main/store/e1.ts'],
      ['import { a } from "../src-main/core.ts";\nuse(a);', 'src-renderer/e3.ts'],
      ['import { readFileSync } from "fs";\nuse(readFileSync);', 'src-renderer/e4.ts'],
      ['import path from "node:path";\nuse(path);', 'src-shared/e5.ts'],
      ['import { a } from "../../src-renderer/App.tsx";\nuse(a);', 'src-main/app/e6.ts'],
    ],
    quiet: [
      ['import { a } from "./ports.ts";\nimport { b } from "../../src-shared/errors.ts";\nuse(a, b);'],
      ['import fc from "fast-check";\nuse(fc);', 'src-main/engine/e7.test.ts'],
      ['import { app } from "electron";\nuse(app);', 'src-main/app/e8.ts'],
      ['import { a } from "../../src-shared/ipc/contract.ts";\nuse(a);', 'src-main/store/e9.ts'],
    ],
  },
  'eslint(no-restricted-globals)': {
    fires: [['use(Date.now());']],
    quiet: [['use(Date.now());', 'src-main/store/f1.ts']],
  },
  'eslint(no-restricted-properties)': {
    fires: [
      ['use(Math.random());'],
      ['window.webContents.send("x");', 'src-main/app/g1.ts'],
      ['window.hoist.uploads.cancel({ id });', 'src-renderer/features/g2.tsx'],
      ['const { hoist } = globalThis;\nuse(hoist);', 'src-renderer/stores/g3.ts'],
      ['use(self.hoist);', 'src-renderer/ui/g4.tsx'],
    ],
    quiet: [
      ['createHoist(window.hoist);', 'src-renderer/main.tsx'],
      ['window.webContents.send("x");', 'src-main/ipc/change-feed.ts'],
      ['use(window.webContents);', 'src-main/app/window-state.ts'],
    ],
  },
  'import(no-default-export)': { fires: [['export default 1;']], quiet: [['export default 1;', 'vite.config.ts']] },
  'oxc(no-barrel-file)': {
    fires: [['export * from "./ports.ts";\nexport { a } from "./reduce.ts";']],
    quiet: [['export const a = 1;']],
  },
  'eslint(complexity)': {
    fires: [[`export const f = (a: number) => { ${'if (a) a += 1; '.repeat(13)} return a; };`]],
    quiet: [['export const f = (a: number) => (a ? 1 : 2);']],
  },
};

const importDirection = importExamples();
rules['hoist(import-direction)'] = {
  fires: [
    ...importDirection.fires,
    ['import { a } from "./testing/engine-fixture.ts";\nuse(a);', 'src-main/engine/i1.ts'],
    ['import { a } from "../providers/testing/fault-proxy.ts";\nuse(a);', 'src-main/app/i2.ts'],
    ['import { a } from "../../../e2e/bucket.ts";\nuse(a);', 'src-renderer/features/uploads/i3.tsx'],
    ['import { a } from "./reduce.test.ts";\nuse(a);', 'src-main/engine/i4.ts'],
  ],
  quiet: [
    ...importDirection.quiet,
    ['import { a } from "./testing/engine-fixture.ts";\nuse(a);', 'src-main/engine/i5.test.ts'],
    ['import { a } from "../../../e2e/bucket.ts";\nuse(a);', 'src-main/providers/testing/i6.ts'],
  ],
};

/** For each layer, the rule must report an import from the next higher layer and accept one from the next lower. */
function importExamples() {
  /** @type {{ fires: RuleExample[], quiet: RuleExample[] }} */
  const examples = { fires: [], quiet: [] };
  for (const { root: folder, layers } of stacks) {
    const modules = layers.map(([name = '']) => path.posix.join(folder, name));
    for (const [layer, module] of modules.entries()) {
      const higher = modules[layer + 1];
      const lower = modules[layer - 1];
      if (higher) examples.fires.push(importExample(module, higher, 'imports-higher.ts'));
      if (lower && !isFile(module)) examples.quiet.push(importExample(module, lower, 'imports-lower.ts'));
    }
  }
  return examples;
}

/** @param {string} module */
function isFile(module) {
  return /\.tsx?$/.test(module);
}

/** @param {string} from @param {string} to modules @param {string} name of the example file @returns {RuleExample} */
function importExample(from, to, name) {
  const file = isFile(from) ? from : `${from}/${name}`;
  const relative = path.posix.relative(path.posix.dirname(file), isFile(to) ? to : `${to}/module.ts`);
  const specifier = relative.startsWith('.') ? relative : `./${relative}`;
  return [`import { value } from '${specifier}';\nexport const copy = value;`, file];
}

const cases = Object.entries(rules)
  .flatMap(([rule, { fires, quiet }]) => [
    ...fires.map(([code, file]) => ({ rule, code, file, fires: true, outcome: 'reports' })),
    ...quiet.map(([code, file]) => ({ rule, code, file, fires: false, outcome: 'accepts' })),
  ])
  .map((example, i) => ({ ...example, file: example.file ?? `src-main/engine/case-${i}.ts` }));

/** @type {Set<string>} */
const reported = new Set();
const tree = fs.mkdtempSync(path.join(os.tmpdir(), 'hoist-lint-'));

beforeAll(() => {
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(tree, 'node_modules'));
  for (const file of ['.oxlintrc.json', 'scripts/lint-rules.mjs', 'scripts/layers.mjs'])
    write(file, fs.readFileSync(path.join(root, file), 'utf8'));
  for (const { file, code } of cases) write(file, `${code}\n`);
  const { stdout } = spawnSync(
    process.execPath,
    [path.join(root, 'node_modules/oxlint/bin/oxlint'), '-f', 'json', '.'],
    { cwd: tree, encoding: 'utf8' },
  );
  for (const { code, filename } of JSON.parse(stdout).diagnostics)
    reported.add(`${code} ${filename.replaceAll('\\', '/')}`);
});
afterAll(() => fs.rmSync(tree, { recursive: true }));

/** @param {string} file @param {string} text */
function write(file, text) {
  fs.mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
  fs.writeFileSync(path.join(tree, file), text);
}

describe.each(Object.keys(rules))('%s', (rule) => {
  test.each(cases.filter((example) => example.rule === rule))('$outcome $code in $file', ({ file, fires }) => {
    expect(reported.has(`${rule} ${file}`)).toBe(fires);
  });
});
