/** "52 s left", "4 min left": rounded to a useful precision. */
import { text } from '../text/text.ts';

export function formatTimeLeft(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return text('ui.left.seconds', { seconds: whole });
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return text('ui.left.minutes', { minutes });
  if (minutes < 24 * 60) return text('ui.left.hours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  return text('ui.left.days');
}
