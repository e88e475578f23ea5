// Draws the icon: an arrow above a line, on a rounded square. Each size is a separate drawing, not a scaled one: its
// edges lie on pixel boundaries, and its strokes are thick enough to be visible. Needs rsvg-convert (librsvg2-bin) and
// convert (imagemagick). The icons are committed. `node scripts/draw-icons.mjs`
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const build = fileURLToPath(new URL('../build/', import.meta.url));

/**
 * In pixels: the width of the strokes; the y of the arrow's tip and foot; the width and height of one of its wings; the
 * y and half the length of the line; the margin and corner radius of the square.
 * @typedef {{ stroke: number, tip: number, foot: number, wing: number, line: number, half: number, margin?: number,
 *   radius?: number }} Drawing
 */

/** Drawings on the square, by size. @type {Record<number, Drawing>} */
const squareDrawings = {
  16: { stroke: 2, tip: 4, foot: 9, wing: 3, line: 12, half: 3, margin: 0, radius: 4 },
  22: { stroke: 2, tip: 5, foot: 13, wing: 4, line: 17, half: 5, margin: 0, radius: 5 },
  24: { stroke: 2, tip: 6, foot: 14, wing: 4, line: 18, half: 5, margin: 0, radius: 6 },
  32: { stroke: 4, tip: 8, foot: 18, wing: 6, line: 24, half: 7, margin: 1, radius: 7 },
  44: { stroke: 4, tip: 11, foot: 26, wing: 8, line: 34, half: 9, margin: 2, radius: 10 },
  48: { stroke: 4, tip: 12, foot: 28, wing: 8, line: 36, half: 10, margin: 2, radius: 11 },
  64: { stroke: 6, tip: 16, foot: 37, wing: 11, line: 48, half: 13, margin: 2, radius: 14 },
  128: { stroke: 11, tip: 33, foot: 74, wing: 21, line: 95.5, half: 26, margin: 5, radius: 28 },
  256: { stroke: 21, tip: 67, foot: 149, wing: 42, line: 190.5, half: 52, margin: 12, radius: 54 },
  512: { stroke: 42, tip: 134, foot: 298, wing: 84, line: 381, half: 104, margin: 24, radius: 108 },
};

/** Drawings without the square, by size, for menu bars that colour the icon. @type {Record<number, Drawing>} */
const templateDrawings = {
  16: { stroke: 2, tip: 2, foot: 10, wing: 4, line: 14, half: 5 },
  22: { stroke: 2, tip: 3, foot: 14, wing: 5, line: 19, half: 7 },
  24: { stroke: 2, tip: 4, foot: 15, wing: 5, line: 20, half: 7 },
  32: { stroke: 4, tip: 4, foot: 20, wing: 8, line: 28, half: 10 },
  44: { stroke: 4, tip: 6, foot: 28, wing: 10, line: 38, half: 14 },
  48: { stroke: 4, tip: 8, foot: 30, wing: 10, line: 40, half: 14 },
};

/** @param {number} size @param {Drawing} drawing @param {string} color */
const arrow = (size, { stroke, tip, foot, wing, line, half }, color) => {
  const x = size / 2;
  return (
    `<path d="M${x} ${foot}V${tip + stroke / 4}M${x - wing} ${tip + wing}L${x} ${tip}L${x + wing} ${tip + wing}M${x - half} ${line}H${x + half}" ` +
    `fill="none" stroke="${color}" stroke-width="${stroke}" stroke-linecap="round" stroke-linejoin="round"/>`
  );
};

/** @param {number} size @param {string} content */
const svg = (size, content) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}">${content}</svg>\n`;

/** @param {number} size */
function coloredSvg(size) {
  const { margin = 0, radius = 0, ...drawing } = /** @type {Drawing} */ (squareDrawings[size]);
  const side = size - 2 * margin;
  return svg(
    size,
    '<defs><linearGradient id="ground" x2="0" y2="1"><stop stop-color="#3a6ff0"/><stop offset="1" stop-color="#1f4fc2"/></linearGradient></defs>' +
      `<rect x="${margin}" y="${margin}" width="${side}" height="${side}" rx="${radius}" fill="url(#ground)"/>${arrow(size, drawing, '#fff')}`,
  );
}

/** @param {number} size */
const templateSvg = (size) => svg(size, arrow(size, /** @type {Drawing} */ (templateDrawings[size]), '#000'));

/** @param {string} file @param {string} drawing */
function writePng(file, drawing) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const raw = execFileSync('rsvg-convert', ['--format=png'], { input: drawing });
  // Fewer bytes and no timestamp, so drawing again changes nothing.
  fs.writeFileSync(
    file,
    execFileSync(
      'convert',
      ['png:-', '-strip', '-define', 'png:exclude-chunks=date,time', '-define', 'png:compression-level=9', 'png32:-'],
      { input: raw },
    ),
  );
}

/**
 * Writes an .icns file: each image with the four-letter code of its size.
 * @param {string} file
 * @param {Record<string, number>} sizes
 */
function writeIcns(file, sizes) {
  const entries = Object.entries(sizes).map(([type, size]) => {
    const image = fs.readFileSync(path.join(build, `icons/${size}x${size}.png`));
    const header = Buffer.alloc(8);
    header.write(type, 'latin1');
    header.writeUInt32BE(image.length + 8, 4);
    return Buffer.concat([header, image]);
  });
  const header = Buffer.alloc(8);
  header.write('icns', 'latin1');
  header.writeUInt32BE(8 + entries.reduce((sum, part) => sum + part.length, 0), 4);
  fs.writeFileSync(file, Buffer.concat([header, ...entries]));
}

fs.mkdirSync(build, { recursive: true });
fs.writeFileSync(path.join(build, 'icon.svg'), coloredSvg(512));
for (const size of [16, 22, 24, 32, 48, 64, 128, 256, 512])
  writePng(path.join(build, `icons/${size}x${size}.png`), coloredSvg(size));
for (const size of Object.keys(templateDrawings).map(Number)) {
  writePng(path.join(build, `tray/colour-${size}.png`), coloredSvg(size));
  writePng(path.join(build, `tray/template-${size}.png`), templateSvg(size));
}
execFileSync('convert', [
  ...[16, 24, 32, 48, 64, 128, 256].map((size) => path.join(build, `icons/${size}x${size}.png`)),
  path.join(build, 'icon.ico'),
]);
writeIcns(path.join(build, 'icon.icns'), { ic07: 128, ic08: 256, ic09: 512, ic11: 32, ic12: 64, ic13: 256, ic14: 512 });
