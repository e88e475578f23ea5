import { classNames } from './class-names.ts';
import styles from './Glyph.module.css';

export type GlyphName =
  | 'check'
  | 'clock'
  | 'globe'
  | 'lock'
  | 'screen'
  | 'network'
  | 'broken'
  | 'past'
  | 'terminal'
  | 'more'
  | 'alert';

/** Class names that show an icon before an element's text, without a separate element. */
export const glyph = (name: GlyphName): string => classNames(styles.glyph, styles[name]);
