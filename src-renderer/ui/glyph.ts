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

/** Class names that put an icon in front of an element's text, without an element of its own. */
export const glyph = (name: GlyphName): string => classNames(styles.glyph, styles[name]);
