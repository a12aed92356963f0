import type { Scene } from '../story/story.ts';
import { launch } from './chromium.ts';
import { servePage } from './server.ts';

/** What the upper part of the page looks like in each of its themes, as PNG by the name of the theme. */
export const photograph = async (scene: Scene): Promise<Record<'light' | 'dark', Uint8Array>> => {
  const [page, browser] = await Promise.all([servePage(scene, 0), launch()]);
  const take = async (colorScheme: 'light' | 'dark'): Promise<Uint8Array> => {
    const seen = await browser.newPage({ colorScheme, viewport: { width: 1_080, height: 1_040 } });
    await seen.goto(page.url);
    return seen.screenshot();
  };
  try {
    return { light: await take('light'), dark: await take('dark') };
  } finally {
    await Promise.all([page.close(), browser.close()]);
  }
};
