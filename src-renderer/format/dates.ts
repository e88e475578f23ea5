/** Formats days and times. A day begins and ends at midnight in the reader's time zone. */
import { text } from '../../src-shared/text/text.ts';

const styles = {
  day: { weekday: 'long', day: 'numeric', month: 'long' },
  'day-and-year': { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  clock: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  moment: { dateStyle: 'medium', timeStyle: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Cached: creating a formatter takes longer than a thousand format() calls. */
function getDateFormat(locale: string, style: keyof typeof styles): Intl.DateTimeFormat {
  const key = `${locale} ${style}`;
  const cached = formats.get(key);
  if (cached) return cached;
  const format = new Intl.DateTimeFormat(locale, styles[style]);
  formats.set(key, format);
  return format;
}

/** Start of the local day that contains `at`, in ms since 1970. */
export function dayOf(at: number): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** "Today", "Yesterday", "Friday, November 20"; with the year when it is not the current one. */
export function formatDay(at: number, now: number, locale = 'en'): string {
  const day = dayOf(at);
  if (day === dayOf(now)) return text('ui.history.today');
  const today = new Date(now);
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1).getTime();
  if (day === yesterday) return text('ui.history.yesterday');
  const sameYear = new Date(at).getFullYear() === today.getFullYear();
  return getDateFormat(locale, sameYear ? 'day' : 'day-and-year').format(at);
}

/** "Nov 20, 2026, 2:03 PM" */
export const formatMoment = (at: number, locale = 'en'): string => getDateFormat(locale, 'moment').format(at);

/** "14:03" */
export const formatClock = (at: number, locale = 'en'): string => getDateFormat(locale, 'clock').format(at);
