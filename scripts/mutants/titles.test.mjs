import { expect, test } from 'vitest';
import { hasTitle } from './titles.mjs';

const file = {
  titles: ['a file that was deleted', 'on %s: %s opens', 'forever (${round})'],
  text: "['Linux', 'a link']",
};

test.each(['that was deleted', 'on Linux: a link opens', 'a link opens', 'forever ('])(
  '"%s" is part of a title in the file',
  (title) => {
    expect(hasTitle(title, file)).toBe(true);
  },
);

test.each(['that is deleted', 'on macOS: a link opens', 'a link closes'])(
  '"%s" is not part of any title in the file',
  (title) => {
    expect(hasTitle(title, file)).toBe(false);
  },
);
