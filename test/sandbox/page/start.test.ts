/** `npm start -- --open`: the page of a loop that runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { launch } from '../../../sandbox/page/chromium.ts';
import { seriousFindings, whereThereIsChromium } from './chromium.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'open-'));
});
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Starts it with the programs of `folder` and no others. */
const start = (...words: string[]) => {
  const child = spawn(process.execPath, ['sandbox/start.ts', '--open', ...words], { env: { PATH: folder } });
  running.push(child);
  let printed = '';
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const hear = (chunk: Buffer): void => {
    printed += chunk.toString();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const says = async (words: RegExp): Promise<string> => {
    for (let found = words.exec(printed); ; found = words.exec(printed)) {
      if (found !== null) return found[1] ?? found[0];
      if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${printed}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { child, ended, says, url: () => says(/look at: (http:\S+)/), isOver: () => says(/stays until Ctrl-C/) };
};

test.each(['zapier', 'make', 'forwarder'])(
  'on %s the page stays after the run, until Ctrl-C',
  async (platform) => {
    const { child, ended, says, url, isOver } = start('--people', '20', '--platform', platform);
    const address = await url();
    await isOver();
    await says(/Every figure is as the scenario says/);
    const html = await (await fetch(address)).text();
    expect(html).toContain('Events that Amplitude holds: <b>14</b>');
    expect(html).toContain('1 to 20 of 20');
    expect(html).toContain('written to Amplitude');
    expect(html).toContain('analyzed; not written: quality below 3');
    expect(html).not.toMatch(/sandbox-amplitude|koji_live|api_key|Bearer/i);
    child.kill('SIGINT');
    child.kill('SIGINT');
    await expect(ended).resolves.toBe(0);
  },
  120_000,
);

test('where there is a browser it is opened at the address', async () => {
  const opened = join(folder, 'opened');
  writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\necho "$1" > ${opened}\n`, { mode: 0o755 });
  const { url } = start('--people', '20');
  const address = await url();
  while (!existsSync(opened) || readFileSync(opened, 'utf8') === '')
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(readFileSync(opened, 'utf8').trim()).toBe(address);
}, 120_000);

whereThereIsChromium('in a browser', () => {
  let browser: Browser;
  let loop: ReturnType<typeof start>;
  let address: string;
  beforeAll(async () => {
    loop = start('--people', '60');
    // The tests share it.
    running.pop();
    [browser, address] = await Promise.all([launch(), loop.url()]);
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    loop.child.kill('SIGKILL');
  });

  test('it moves as the loop does; reloads, a second page and one that is closed change nothing', async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(100_000);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(address);
    await page.locator('#people tr', { hasText: 'user_' }).first().waitFor();
    await page.reload();
    const second = await browser.newPage();
    await second.goto(address);
    await second.close();
    await page.getByText('Events that Amplitude holds: 42').waitFor();
    expect(errors).toEqual([]);
    await page.close();
    await loop.isOver();
    await loop.says(/Every figure is as the scenario says/);
  }, 120_000);

  test.each(['light', 'dark'] as const)(
    'axe finds nothing serious in the %s',
    async (colorScheme) => {
      await loop.isOver();
      const page = await browser.newPage({ colorScheme });
      await page.goto(address);
      expect(await seriousFindings(page)).toEqual([]);
      await page.close();
    },
    120_000,
  );

  test('the next 50 people are reached by keyboard', async () => {
    await loop.isOver();
    const page = await browser.newPage();
    await page.goto(address);
    await page.getByRole('link', { name: 'Next' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('#place', { hasText: '51 to 60 of 60' }).waitFor();
    await page.close();
  }, 120_000);
});
