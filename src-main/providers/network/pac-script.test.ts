import vm from 'node:vm';
import { describe, expect, test } from 'vitest';
import { askScript, markAnswers, urlForScript } from './pac-script.ts';

const url = 'http://store.test/';
const waitMs = 40;

/** Runs a script as Chromium does: the answer is empty when the script fails or returns no text. */
function runScript(script: string, requestUrl = url): string {
  try {
    const call = `FindProxyForURL('${requestUrl}', '${new URL(requestUrl).hostname}')`;
    const answer: unknown = vm.runInNewContext(`${script}\n${call}`);
    return typeof answer === 'string' ? answer : '';
  } catch {
    // Chromium reports no error of a script, whatever it is.
    return '';
  }
}

const answerOf = (script: string): Promise<string> => askScript(async () => runScript(markAnswers(script)), waitMs);

describe('the answer of a PAC script', () => {
  test('is the list that the script returns', async () => {
    for (const answer of ['PROXY a:1', 'PROXY a:1; SOCKS5 b:2; DIRECT', 'DIRECT'])
      for (const script of [
        `function FindProxyForURL(url, host) { return '${answer}'; }`,
        `FindProxyForURL = function (url, host) { return host === 'store.test' ? '${answer}' : 'DIRECT'; } // the end`,
      ])
        expect(await answerOf(script)).toBe(answer);
  });

  test('is a direct connection only when the script says so or names no proxy', async () => {
    expect(await answerOf("function FindProxyForURL() { return ''; }")).toBe('DIRECT');
    for (const script of [
      'function (',
      'var FindProxyForUrl = 1;',
      "function FindProxyForURL() { throw new Error('x'); }",
      'function FindProxyForURL() { return 5; }',
      'function FindProxyForURL() {}',
    ])
      await expect(answerOf(script), script).rejects.toMatchObject({
        error: { code: 'invalid-input', field: 'proxyAddress', params: { why: 'pac' } },
      });
  });

  test('is awaited while Chromium still answers without the script', async () => {
    const script = markAnswers("function FindProxyForURL() { return 'PROXY a:1'; }");
    const answers = ['DIRECT', 'PROXY proxy.of.the.system:8080', '', 'DIRECT'];
    expect(await askScript(async () => answers.shift() ?? runScript(script), 60_000)).toBe('PROXY a:1');
    expect(answers).toEqual([]);
  });

  test.each([
    'http://127.0.0.1:9000/',
    'http://localhost/',
    'https://photos.localhost:9000/',
    'http://[::1]:9000/',
    'http://169.254.10.1/',
    'http://[fe80::1]/',
  ])('is not needed for %s, which Chromium connects to directly, but the script must load', async (local) => {
    const ask = (script: string) => askScript(async () => runScript(markAnswers(script), urlForScript(local)), waitMs);
    expect(await ask("function FindProxyForURL() { return 'PROXY a:1'; }")).toBe('DIRECT');
    for (const broken of ['function (', 'var FindProxyForUrl = 1;', 'var FindProxyForURL = 1;'])
      await expect(ask(broken), broken).rejects.toMatchObject({ error: { code: 'invalid-input' } });
  });

  test.each([url, 'http://192.168.1.5:9000/', 'https://[fd00::1]/', 'http://nas/'])('decides about %s', (remote) => {
    expect(urlForScript(remote)).toBe(remote);
  });
});
