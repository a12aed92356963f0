import { readFileSync } from 'node:fs';
import { pictures } from '../../../sandbox/charts/pictures.ts';

test('the README’s pictures and the words beside them are what a run of the loop gives (npm run pictures)', async () => {
  const painted = await pictures();
  expect(Object.keys(painted)).toEqual(['loop.svg', 'retention-by-sentiment.svg']);
  for (const [name, { svg, says }] of Object.entries(painted)) {
    expect([name, readFileSync(`docs/pictures/${name}`, 'utf8') === svg]).toEqual([name, true]);
    expect(readFileSync('README.md', 'utf8')).toContain(`![${says}](docs/pictures/${name})`);
  }
});
