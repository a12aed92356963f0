/**
 * Draws an SVG of a few kinds: circles, and paths of straight lines and arcs of circles (M, L, A, Z), each with one flat
 * color. The same picture on every machine, with nothing to install.
 */

type Point = { x: number; y: number };
type Color = { red: number; green: number; blue: number };
type Shape = { color: Color; outline: Point[] };

const TURN = 2 * Math.PI;
const POINTS_A_TURN = 720;

/** The points of an arc around a center, the first left out. */
const around = (center: Point, radius: number, from: number, sweep: number): Point[] => {
  const count = Math.max(2, Math.ceil((Math.abs(sweep) / TURN) * POINTS_A_TURN));
  return Array.from({ length: count }, (_, index) => {
    const angle = from + (sweep * (index + 1)) / count;
    return { x: center.x + radius * Math.cos(angle), y: center.y + radius * Math.sin(angle) };
  });
};

/** SVG's arc command for circles: the center is where two circles of this radius through both points say it is. */
const arc = (start: Point, radius: number, large: boolean, clockwise: boolean, end: Point): Point[] => {
  const half = { x: (end.x - start.x) / 2, y: (end.y - start.y) / 2 };
  const distance = Math.hypot(half.x, half.y);
  const reach = Math.max(radius, distance);
  const aside = (Math.sqrt(reach ** 2 - distance ** 2) / distance) * (large === clockwise ? 1 : -1);
  const center = { x: start.x + half.x + half.y * aside, y: start.y + half.y - half.x * aside };
  const from = Math.atan2(start.y - center.y, start.x - center.x);
  const turn = Math.atan2(end.y - center.y, end.x - center.x) - from;
  const sweep = clockwise ? (turn + TURN) % TURN : (turn - TURN) % TURN;
  return around(center, reach, from, sweep);
};

const outlineOf = (path: string): Point[] => {
  const points: Point[] = [];
  for (const [, command = '', rest = ''] of path.matchAll(/([A-Za-z])([^A-Za-z]*)/g)) {
    const numbers = rest
      .trim()
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(Number);
    const [x = Number.NaN, y = Number.NaN] = numbers.slice(-2);
    const last = points.at(-1);
    if (command === 'M' || command === 'L') points.push({ x, y });
    else if (command === 'A' && last !== undefined) {
      points.push(...arc(last, numbers[0] ?? Number.NaN, numbers[3] === 1, numbers[4] === 1, { x, y }));
    } else if (command !== 'Z') throw new Error(`The logo's paths can't use ${command}.`);
  }
  return points;
};

const attributesOf = (element: string): Record<string, string> =>
  Object.fromEntries([...element.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));

const colorOf = (hex = ''): Color => {
  const [, red, green, blue] = /^#(..)(..)(..)$/.exec(hex) ?? [];
  if (red === undefined || green === undefined || blue === undefined) throw new Error(`"${hex}" is no color.`);
  return { red: Number.parseInt(red, 16), green: Number.parseInt(green, 16), blue: Number.parseInt(blue, 16) };
};

/** Elements that show nothing of their own. */
const FRAME = new Set(['svg', 'title']);

/** The shapes of a drawing, the lowest first. */
const shapesOf = (svg: string): Shape[] =>
  [...svg.matchAll(/<([a-z]+)[^>]*>/gi)]
    .filter(([, kind = '']) => !FRAME.has(kind))
    .map(([element, kind]) => {
      const { fill, d = '', cx, cy, r } = attributesOf(element);
      if (kind === 'path') return { color: colorOf(fill), outline: outlineOf(d) };
      if (kind !== 'circle') throw new Error(`The logo's script can't draw ${kind}.`);
      return { color: colorOf(fill), outline: around({ x: Number(cx), y: Number(cy) }, Number(r), 0, TURN) };
    });

/** Lines looked at in each row of pixels; along a line the coverage is exact. */
const LINES_A_ROW = 16;

/** How much of each pixel a shape covers, from 0 to 1. */
const coverageOf = (outline: Point[], scale: number, size: number): Float64Array => {
  const coverage = new Float64Array(size * size);
  for (let line = 0; line < size * LINES_A_ROW; line += 1) {
    const y = (line + 0.5) / LINES_A_ROW / scale;
    const row = Math.floor(line / LINES_A_ROW) * size;
    const crossings = crossingsOf(outline, y).map((x) => Math.min(size, Math.max(0, x * scale)));
    for (let index = 0; index + 1 < crossings.length; index += 2) {
      const [left = 0, right = 0] = crossings.slice(index, index + 2);
      for (let column = Math.floor(left); column < Math.ceil(right); column += 1) {
        const covered = Math.min(right, column + 1) - Math.max(left, column);
        coverage[row + column] = (coverage[row + column] ?? 0) + covered / LINES_A_ROW;
      }
    }
  }
  return coverage;
};

/** Where an outline crosses a horizontal line, from left to right. */
const crossingsOf = (outline: Point[], y: number): number[] =>
  outline
    .flatMap((from, index) => {
      const to = outline[(index + 1) % outline.length] ?? from;
      return from.y <= y === to.y <= y ? [] : [from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x)];
    })
    .sort((left, right) => left - right);

/** The drawing as rows of red, green, blue and alpha; what nothing covers is transparent. */
const paint = (shapes: Shape[], scale: number, size: number): Uint8Array => {
  const pixels = new Float64Array(size * size * 4);
  for (const { color, outline } of shapes) {
    coverageOf(outline, scale, size).forEach((covered, pixel) => {
      const below = 1 - Math.min(1, covered);
      [color.red, color.green, color.blue, 255].forEach((value, channel) => {
        const at = pixel * 4 + channel;
        pixels[at] = (pixels[at] ?? 0) * below + value * (1 - below);
      });
    });
  }
  // Up to here colors are weighted with their alpha; a PNG holds them without.
  return Uint8Array.from(pixels, (value, at) => {
    const alpha = pixels[at - (at % 4) + 3] ?? 0;
    return Math.round(at % 4 === 3 || alpha === 0 ? value : (value * 255) / alpha);
  });
};

/** A drawing as rows of RGBA, `size` pixels wide and high. Throws when it uses what this can't draw. */
export const draw = (svg: string, size: number): Uint8Array => {
  const [, width] = /viewBox="0 0 (\d+) \1"/.exec(svg) ?? [];
  if (width === undefined) throw new Error('The logo has to be square: viewBox="0 0 <width> <width>".');
  return paint(shapesOf(svg), size / Number(width), size);
};
