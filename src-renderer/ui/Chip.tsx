import styles from './Chip.module.css';
import { classNames } from './class-names.ts';
import { glyph, type GlyphName } from './glyph.ts';

/** A fact in one or two words with an icon. Its color only repeats what the words say. */
export function Chip({
  tone,
  icon,
  label,
  title,
  className,
}: {
  tone: 'ok' | 'warn' | 'plain';
  icon: GlyphName;
  label: string;
  title?: string;
  className?: string;
}) {
  return (
    <span data-tone={tone} className={classNames(styles.chip, styles[tone], glyph(icon), className)} title={title}>
      {label}
    </span>
  );
}
