import { expect, test } from 'vitest';
import { ExternalPages } from './external-pages.ts';

const url = 'https://example.com/';

function withInput(...inputs: boolean[]) {
  const opened: string[] = [];
  const questions: ((isConfirmed: boolean) => void)[] = [];
  const pages = new ExternalPages({
    takeInput: () => inputs.shift() ?? false,
    confirm: () => new Promise((resolve) => questions.push(resolve)),
    open: async (opening) => {
      opened.push(opening);
    },
  });
  return { pages, opened, questions };
}

test('a page opens at once after an input', async () => {
  const { pages, opened, questions } = withInput(true);
  await pages.begin()(url);
  expect(opened).toEqual([url]);
  expect(questions).toHaveLength(0);
});

test('without an input, a page opens only after the user agreed', async () => {
  const { pages, opened, questions } = withInput();
  for (const isConfirmed of [false, true]) {
    const opening = pages.begin()(url);
    questions.pop()!(isConfirmed);
    await opening;
    expect(opened).toEqual(isConfirmed ? [url] : []);
  }
});

test('asks one question at a time', async () => {
  const { pages, opened, questions } = withInput();
  const first = pages.begin()(url);
  await pages.begin()(url);
  expect(questions).toHaveLength(1);
  questions[0]!(false);
  await first;
  expect(opened).toEqual([]);
});
