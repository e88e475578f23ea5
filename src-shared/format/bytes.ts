/** Readable sizes and speeds: "148 MB", "1.2 GB", "21 MB/s". */

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;
type Unit = (typeof units)[number];

/** One decimal below ten, no decimals from ten on. */
const digitsFor = (value: number): number => (value < 10 ? 1 : 0);

/**
 * The largest unit in which the rounded value is at least 1. `smallest`: index of the smallest unit that may be used.
 */
function scale(bytes: number, smallest: number): { value: number; unit: Unit } {
  let index = smallest;
  let value = bytes / 1000 ** smallest;
  while (index < units.length - 1 && Number(value.toFixed(digitsFor(value))) >= 1000) {
    value /= 1000;
    index += 1;
  }
  return { value, unit: units[index] ?? 'byte' };
}

const formats = new Map<string, Intl.NumberFormat>();

/** Cached: creating a formatter takes longer than a thousand format() calls. */
function getNumberFormat(locale: string, unit: string, digits: number): Intl.NumberFormat {
  const key = `${locale} ${unit} ${digits}`;
  const cached = formats.get(key);
  if (cached) return cached;
  const format = new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: unit === 'byte' ? 'long' : 'short',
    maximumFractionDigits: digits,
  });
  formats.set(key, format);
  return format;
}

export function formatBytes(bytes: number, locale = 'en'): string {
  const { value, unit } = scale(Math.max(0, bytes), units.indexOf('byte'));
  return getNumberFormat(locale, unit, unit === 'byte' ? 0 : digitsFor(value)).format(value);
}

export function formatSpeed(bytesPerSecond: number, locale = 'en'): string {
  const { value, unit } = scale(Math.max(0, bytesPerSecond), units.indexOf('kilobyte'));
  return getNumberFormat(locale, `${unit}-per-second`, digitsFor(value)).format(value);
}
