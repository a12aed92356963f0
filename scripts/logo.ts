/**
 * Draws docs/listing/logo.png from docs/listing/logo.svg.
 *
 * Usage: node scripts/logo.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { draw } from './draw.ts';

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
};

/** A PNG of a square picture, 8 bits a channel, RGBA (https://www.w3.org/TR/png). */
const png = (pixels: Uint8Array, size: number): Buffer => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const rows = Array.from({ length: size }, (_, row) =>
    Buffer.concat([Buffer.of(0), pixels.subarray(row * size * 4, (row + 1) * size * 4)]),
  );
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

const SIZE = 512;
const folder = join(import.meta.dirname, '..', 'docs', 'listing');
writeFileSync(join(folder, 'logo.png'), png(draw(readFileSync(join(folder, 'logo.svg'), 'utf8'), SIZE), SIZE));
process.stdout.write(`docs/listing/logo.png: ${SIZE} × ${SIZE} pixels\n`);
