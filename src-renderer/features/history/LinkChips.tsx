import type { UploadView } from '../../../src-shared/upload.ts';
import { Chip } from '../../ui/Chip.tsx';
import type { GlyphName } from '../../ui/glyph.ts';
import { reachFact, visibilityFact, type LinkShape } from './link-state.ts';

const glyphs: Record<LinkShape, GlyphName> = {
  works: 'check',
  'this-computer': 'screen',
  'this-network': 'network',
  private: 'lock',
  closed: 'lock',
  unreachable: 'broken',
  expired: 'past',
  revoked: 'lock',
  public: 'globe',
  'no-expiry': 'clock',
  clock: 'clock',
};

/**
 * Chips that show whether the link works, for whom and how long. `days`: lifetime of a new link of the destination,
 * shown until the upload has its link.
 */
export function LinkChips({
  upload,
  now,
  days,
  className,
}: {
  upload: UploadView;
  now: number;
  days?: number;
  className?: string;
}) {
  const reach = reachFact(upload, now);
  const visibility = visibilityFact(upload, now, days);
  return (
    <span className={className}>
      {reach && (
        <Chip
          tone={reach.tone === 'calm' ? 'plain' : reach.tone}
          icon={glyphs[reach.shape]}
          label={reach.label}
          title={reach.title}
        />
      )}
      {visibility && (
        <Chip tone="plain" icon={glyphs[visibility.shape]} label={visibility.label} title={visibility.title} />
      )}
    </span>
  );
}
