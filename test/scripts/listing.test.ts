import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import * as z from 'zod';
import { lintListing } from '../../packages/zapier-definition-lint/listing.ts';
import { draw } from '../../scripts/draw.ts';

const folder = join(__dirname, '..', '..', 'docs', 'listing');

const listing = z
  .strictObject({
    title: z.literal('Koji'),
    description: z.string(),
    homepage: z.url({ protocol: /^https$/ }),
    audience: z.literal('global'),
    role: z.enum(['employee', 'contractor']),
    category: z.string().min(1),
    primary_color: z.string().regex(/^#[0-9a-f]{6}$/),
    logo: z.literal('logo.png'),
    admin_email_domain: z.string(),
    api_documentation: z.record(z.string(), z.url({ protocol: /^https$/ })),
  })
  .parse(JSON.parse(readFileSync(join(folder, 'listing.json'), 'utf8')));

test("the listing passes Zapier's checks", () => {
  expect(lintListing({ ...listing, logo: readFileSync(join(folder, listing.logo)) })).toEqual([]);
  expect(new URL(listing.homepage).hostname.endsWith(listing.admin_email_domain)).toBe(true);
});

test.each(['README.md', join('..', 'publishing.md')])('%s has the same description', (file) => {
  const text = readFileSync(join(folder, file), 'utf8').replace(/\n>? */g, ' ');
  expect(text).toContain(listing.description);
});

test('the logo is a square of RGBA, large enough, and drawn from its source', () => {
  const png = readFileSync(join(folder, 'logo.png'));
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  expect([width, height, png[24], png[25]]).toEqual([512, 512, 8, 6]);

  const length = png.readUInt32BE(33);
  const rows = inflateSync(png.subarray(41, 41 + length));
  const pixels = Array.from({ length: height }, (_, row) =>
    rows.subarray(row * (width * 4 + 1) + 1).subarray(0, width * 4),
  );
  const drawn = draw(readFileSync(join(folder, 'logo.svg'), 'utf8'), width);
  expect(Buffer.concat(pixels).equals(drawn)).toBe(true);
  expect([drawn[3], drawn.at(-1)]).toEqual([0, 0]);
});

test('what it can not draw is refused, not left out', () => {
  const svg = (shape: string) => `<svg viewBox="0 0 8 8">${shape}</svg>`;
  expect(() => draw(svg('<path fill="#000000" d="M 1 1 C 1 2 3 4 5 6 Z"/>'), 8)).toThrow(/can't use C/);
  expect(() => draw(svg('<circle fill="red" cx="4" cy="4" r="2"/>'), 8)).toThrow(/"red" is no color/);
  expect(() => draw(svg('<rect fill="#000000" width="4" height="4"/>'), 8)).toThrow(/can't draw rect/);
  expect(() => draw('<svg viewBox="0 0 8 9"></svg>', 8)).toThrow(/square/);
});

test('half a pixel is half transparent', () => {
  const pixels = draw('<svg viewBox="0 0 2 2"><path fill="#ff0000" d="M 0.5 0 L 2 0 L 2 2 L 0.5 2 Z"/></svg>', 2);
  expect([...pixels.subarray(0, 8)]).toEqual([255, 0, 0, 128, 255, 0, 0, 255]);
});
