import { readFileSync } from 'node:fs';
import app from '../../../index.ts';
import { pictures } from '../../../sandbox/charts/pictures.ts';
import { photograph } from '../../../sandbox/page/photograph.ts';
import { whereThereIsChromium } from '../page/chromium.ts';

const readme = readFileSync('README.md', 'utf8');
const themes = ['light', 'dark'] as const;
const SMALL = 150_000;
/** The first bytes of every PNG, and where its width and height stand. */
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const sizeOf = (png: Uint8Array): number[] => {
  const bytes = Buffer.from(png);
  expect(bytes.subarray(0, 8)).toEqual(PNG);
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
};

let painted: Awaited<ReturnType<typeof pictures>>;
beforeAll(async () => {
  painted = await pictures(app);
});

test('the README’s pictures and the words beside them are what a run of the loop gives (npm run pictures)', () => {
  expect(Object.keys(painted.drawn)).toEqual(['loop.svg', 'retention-by-sentiment.svg']);
  for (const [name, { svg, says }] of Object.entries(painted.drawn)) {
    expect([name, readFileSync(`docs/pictures/${name}`, 'utf8') === svg]).toEqual([name, true]);
    expect(readme).toContain(`![${says}](docs/pictures/${name})`);
  }
});

test.each(themes)('the page in the %s stands in the README with words beside it, as a small file', (theme) => {
  const png = readFileSync(`docs/pictures/page-${theme}.png`);
  expect(png.byteLength).toBeLessThan(SMALL);
  expect(readme).toMatch(new RegExp(`!\\[[^\\]]{60,}\\]\\(docs/pictures/page-${theme}\\.png\\)`));
});

whereThereIsChromium('in a browser', () => {
  test('both photographs of the page are taken as large as those in the README, and small enough', async () => {
    const taken = await photograph(painted.scene);
    for (const theme of themes) {
      expect(taken[theme].byteLength).toBeLessThan(SMALL);
      expect(sizeOf(taken[theme])).toEqual(sizeOf(readFileSync(`docs/pictures/page-${theme}.png`)));
    }
    expect(Buffer.from(taken.light).equals(Buffer.from(taken.dark))).toBe(false);
  });
});
