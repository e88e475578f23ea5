import { text } from '../../../src-shared/text/text.ts';
import { isMac } from '../../stores/app.ts';
import { Keys } from '../../ui/Keys.tsx';
import { useApp } from '../../use-hoist.ts';

/** Stands for the keys while the sentence is made; no sentence has it otherwise. */
const here = '\u0001';

/** A sentence that names the keys for pasting at its `{keys}`. */
export function PasteHint({ sentence }: { sentence: 'ui.empty.hint' | 'ui.strip.hint' }) {
  const control = useApp(isMac) ? text('ui.keys.command') : text('ui.keys.control');
  const [before, after] = text(sentence, { keys: here }).split(here);
  return (
    <>
      {before}
      <Keys keys={[control, 'V']} />
      {after}
    </>
  );
}
