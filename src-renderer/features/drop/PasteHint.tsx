import { text } from '../../../src-shared/text/text.ts';
import { isMac } from '../../stores/app.ts';
import { KeyCombo } from '../../ui/KeyCombo.tsx';
import { useApp } from '../../use-hoist.ts';

/** Fills in `{keys}`, so that the sentence can be split there. No sentence contains this character. */
const keysMarker = '\u0001';

/** A sentence with the keys for pasting in place of `{keys}`. */
export function PasteHint({ sentence }: { sentence: 'ui.empty.hint' | 'ui.strip.hint' }) {
  const control = useApp(isMac) ? text('ui.keys.command') : text('ui.keys.control');
  const [before, after] = text(sentence, { keys: keysMarker }).split(keysMarker);
  return (
    <>
      {before}
      <KeyCombo keys={[control, 'V']} />
      {after}
    </>
  );
}
