import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { isThereChromium } from '../../../sandbox/page/chromium.ts';

export const whereThereIsChromium = isThereChromium() ? describe : describe.skip;

/** What axe-core finds that is serious or worse. */
export const seriousFindings = async (page: Page): Promise<unknown> => {
  await page.addScriptTag({ content: readFileSync('node_modules/axe-core/axe.min.js', 'utf8') });
  return page.evaluate(
    `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`,
  );
};
