import { deflateSync } from 'node:zlib';
import { type Listing, lintListing } from '../../packages/zapier-definition-lint/listing.ts';

/** The first bytes of a PNG, and enough after them. */
const png = (width: number, height: number, colors = 6): Buffer => {
  const header = Buffer.alloc(33);
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(header);
  header.writeUInt32BE(13, 8);
  header.write('IHDR', 12, 'latin1');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  header.writeUInt8(8, 24);
  header.writeUInt8(colors, 25);
  return Buffer.concat([header, deflateSync(Buffer.alloc(8))]);
};

const right: Listing = {
  title: 'Acme',
  description: 'Acme is a tool that interviews customers and tells you what they think.',
  homepage: 'https://acme.example',
  logo: png(512, 512),
};

test('a right entry passes', () => {
  expect(lintListing(right)).toEqual([]);
  expect(lintListing({ ...right, description: right.description.replace('is a tool', 'is an AI tool') })).toEqual([]);
});

test.each<[string, string, Partial<Listing>]>([
  ['M002', 'a short description', { description: 'Acme is a tool.' }],
  ['M002', 'a long description', { description: `Acme is a ${'very '.repeat(27)}good tool.` }],
  ['M002', "Zapier's name", { description: 'Acme is a tool that connects Zapier with a lot of things.' }],
  ['M002', 'another beginning', { description: 'Interview your customers and learn what they think, with Acme.' }],
  ['M002', 'syncing', { description: 'Acme is a tool that syncs your customers with your interviews.' }],
  ['M004', 'a logo that is no PNG', { logo: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') }],
  ['M004', 'a logo that is not square', { logo: png(512, 256) }],
  ['M004', 'a small logo', { logo: png(255, 255) }],
  ['M004', 'a logo without an alpha channel', { logo: png(512, 512, 2) }],
  ['M006', 'no homepage', { homepage: '' }],
  ['M006', 'a homepage without TLS', { homepage: 'http://acme.example' }],
])('%s finds %s', (id, _what, change) => {
  expect(lintListing({ ...right, ...change }).map(({ check }) => check)).toEqual([id]);
});
