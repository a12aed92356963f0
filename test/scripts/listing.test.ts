import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { lintListing } from '../../packages/zapier-definition-lint/listing.ts';
import { pngOf, SIZE } from '../../scripts/png.ts';

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

test('the logo is the square that its source draws, large enough for both platforms', () => {
  const png = readFileSync(join(folder, 'logo.png'));
  expect([png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]]).toEqual([SIZE, SIZE, 8, 6]);
  expect(png.equals(pngOf(readFileSync(join(folder, 'logo.svg'), 'utf8')))).toBe(true);
});
