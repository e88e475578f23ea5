/**
 * Decodes the text of a file that the user hands over. Windows programs write UTF-16, or UTF-8 with a byte order mark.
 */

/** The first bytes that decide whether text without a byte order mark is UTF-16. */
const sampleBytes = 512;

/** Returns the text without its byte order mark. Invalid bytes become replacement characters. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const sample = bytes.subarray(0, sampleBytes);
  const pairs = Math.floor(sample.length / 2);
  if (pairs < 2) return 'utf-8';
  /** Numbers of zero bytes at even and at odd positions. */
  const zeros = [0, 0];
  sample.subarray(0, pairs * 2).forEach((byte, index) => {
    if (byte === 0) zeros[index % 2]!++;
  });
  // Latin text in UTF-16 has a zero in nearly every second byte. UTF-8 text has no zeros.
  if (zeros[0] === 0 && zeros[1]! > pairs / 2) return 'utf-16le';
  return zeros[1] === 0 && zeros[0]! > pairs / 2 ? 'utf-16be' : 'utf-8';
}
