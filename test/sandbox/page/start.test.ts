/** `npm start -- --open`: the page of a loop that runs. The tests share one run, and go along with it. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launch } from '../../../sandbox/page/chromium.ts';
import { type Command, startCommand } from '../../support/command.ts';
import { seriousFindings, whereThereIsChromium } from './chromium.ts';

let folder: string;
let loop: Command;
let address: string;

const theEnd = () => loop.says(/stays until Ctrl-C/);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'open-'));
  writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\necho "$1" > ${folder}/opened\n`, { mode: 0o755 });
  loop = startCommand('sandbox/start.ts', ['--open', '--people', '60'], { env: { PATH: folder } });
  [, address = ''] = await loop.says(/look at: (http:\S+)/);
});
afterAll(() => {
  loop.child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

whereThereIsChromium('in a browser', () => {
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];
  beforeAll(async () => {
    browser = await launch();
    page = await browser.newPage();
    page.setDefaultTimeout(0);
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(address);
  });
  afterAll(() => browser.close());

  test('the page moves as the loop does; a reload, a second page and one that is closed change nothing', async () => {
    await page.locator('#people tr', { hasText: 'user_' }).first().waitFor();
    await page.reload();
    const second = await browser.newPage();
    second.setDefaultTimeout(0);
    await second.goto(address);
    await second.close();
    await page.getByText('Events that Amplitude holds: 42').waitFor();
    expect(errors).toEqual([]);
    await theEnd();
    expect(loop.printed()).toContain('Every figure is as the scenario says');
  });

  // In the dark: page.test.ts.
  test('axe finds nothing serious', async () => {
    await theEnd();
    expect(await seriousFindings(page)).toEqual([]);
  });

  test('the next 50 people are reached by keyboard', async () => {
    await theEnd();
    await page.getByRole('link', { name: 'Next' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('#place', { hasText: '51 to 60 of 60' }).waitFor();
  });
});

test('where there is a browser it is opened at the address that is printed', async () => {
  const isOpened = () => existsSync(join(folder, 'opened')) && readFileSync(join(folder, 'opened'), 'utf8') !== '';
  while (!isOpened()) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(readFileSync(join(folder, 'opened'), 'utf8').trim()).toBe(address);
});

test('after the run the page is still there, without a key on it', async () => {
  await theEnd();
  const html = await (await fetch(address)).text();
  expect(html).toContain('1 to 50 of 60');
  expect(html).not.toMatch(/sandbox-(?:key|secret)|koji_live|api_key|Bearer/i);
});

test('Ctrl-C ends it with the run’s own exit code, and may come twice', async () => {
  await theEnd();
  loop.child.kill('SIGINT');
  loop.child.kill('SIGINT');
  expect((await loop.ended).code).toBe(0);
});
