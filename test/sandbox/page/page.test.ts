/** The sandbox's page as somebody sees it who opens it, in Chromium. */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { launch } from '../../../sandbox/page/chromium.ts';
import { startCommand } from '../../support/command.ts';
import { seriousFindings, whereThereIsChromium } from './chromium.ts';

const PICTURES = 'build/page';

const startSandbox = async (...words: string[]) => {
  const { child, says } = startCommand('sandbox/serve.ts', words, { env: { PATH: process.env.PATH } });
  const [, url = ''] = await says(/play with: (http:\S+)/);
  return { child, url };
};

test('a port that is taken is said, with what to do', async () => {
  const taken = createServer();
  await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
  const address = taken.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  await expect(startSandbox('--port', port)).rejects.toThrow(`Port ${port} is taken: name another one with --port.`);
  await new Promise((done) => taken.close(done));
});

whereThereIsChromium('in a browser', () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  const open = async (options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> => {
    const opened = await browser.newPage(options);
    opened.setDefaultTimeout(0);
    opened.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    opened.on('pageerror', (error) => errors.push(error.message));
    await opened.goto(sandbox.url);
    return opened;
  };
  const status = (): Promise<string | null> => page.getByRole('status').textContent();
  /** Presses a button and waits for what is said of it. */
  const press = async (name: string | RegExp, says: RegExp): Promise<void> => {
    await page
      .getByRole('button', { name, exact: typeof name === 'string' })
      .first()
      .click();
    await page.getByRole('status').filter({ hasText: says }).waitFor();
  };

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    sandbox = await startSandbox();
    browser = await launch();
    page = await open();
  });
  afterAll(async () => {
    await browser.close();
    sandbox.child.kill('SIGKILL');
  });

  test('somebody enters the cohort, is started, answers, and their anger reaches the account’s owner', async () => {
    await page.getByLabel('Name', { exact: true }).fill('<script>alert(1)</script>');
    await press('Add to the cohort', /entered the cohort/);
    await press('Move the clock 2 hours', /moved 120 minutes/);
    const theirs = await page.locator('#open option', { hasText: 'player_1' }).getAttribute('value');
    await page.getByRole('combobox', { name: 'Who' }).selectOption(theirs);
    await page.getByLabel('Themes').fill('فوترة, pricing');
    await press('Finish', /answered and analyzed/);
    await press('Move the clock 2 hours', /moved 120 minutes/);
    const row = page.locator('#people tr', { hasText: 'player_1' });
    await row.filter({ hasText: 'written to Amplitude' }).waitFor();
    expect(await row.textContent()).toContain('last_interview_themes: فوترة, pricing');
    await page.locator('#happenings', { hasText: 'player_1@example.com was unhappy in their interview' }).waitFor();
    expect(await page.locator('#happenings').textContent()).toContain('<script>alert(1)</script>');
  });

  test.each([
    ['Deliver twice', 'This interview was delivered before'],
    ['Deliver forged', 'signature is wrong'],
    ['Deliver altered', 'signature is wrong'],
    ['Deliver late', 'This interview was delivered before'],
  ])('%s: nothing more is triggered, and why is said', async (button, why) => {
    const theirs = await page.locator('#delivered option', { hasText: 'player_1' }).getAttribute('value');
    await page.getByRole('combobox', { name: 'Interview' }).selectOption(theirs);
    await press(button, /was delivered/);
    await page.locator('#happenings', { hasText: why }).waitFor();
    // From the server: what the open page heard last may be older than what was done.
    const html = await (await fetch(sandbox.url)).text();
    const [, runs] = [...html.matchAll(/on, (\d+) run/g)].map(([, times]) => times);
    expect(runs).toBe('1');
  });

  test('an anonymous interview is skipped, and a low one never triggers', async () => {
    for (const [quality, isAnonymous] of [
      ['4', true],
      ['2', false],
    ] as const) {
      await press('Add to the cohort', /entered the cohort/);
      await press('Move the clock 2 hours', /moved/);
      await page.getByLabel('Quality').selectOption(quality);
      await page.getByLabel('anonymous').setChecked(isAnonymous);
      await press('Finish', /answered and analyzed/);
    }
    await page.locator('#happenings', { hasText: 'skipped:' }).waitFor();
    await page.locator('#happenings', { hasText: 'below the minimum quality' }).waitFor();
  });

  test('a Zap is turned off and on', async () => {
    await press(/Turn off: Interview Analysis Ready/, /is off/);
    await page.getByRole('button', { name: /Turn on: Interview Analysis Ready/ }).waitFor();
    await press(/Turn on: Interview Analysis Ready/, /is on/);
  });

  test.each(['too many requests (429)', 'unavailable (503)', 'no answer'])(
    'each service can be told to fail: %s',
    async (fault) => {
      for (const service of ['Koji', 'Amplitude']) await press(`${service}: ${fault}`, /next call/);
      await press('Move the clock 1 minute', /moved 1 minute\./);
    },
  );

  test.each(['Move the clock 15 minutes', 'Move the clock 6 hours'])('%s', async (button) => {
    const before = (await page.locator('#clock').textContent()) ?? '';
    await press(button, /was moved/);
    await page.locator('#clock').filter({ hasNotText: before }).waitFor();
  });

  test('a second page and a reload show the same', async () => {
    const second = await open();
    await second.reload();
    expect(await second.locator('#people tr').count()).toBe(await page.locator('#people tr').count());
    await second.close();
  });

  test.each(['light', 'dark'] as const)('axe finds nothing serious in the %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: `${PICTURES}/${colorScheme}.png`, fullPage: true });
  });

  test('on a phone nothing is wider than the page', async () => {
    const phone = await open({ viewport: { width: 375, height: 700 } });
    expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    await phone.screenshot({ path: `${PICTURES}/phone.png` });
    await phone.close();
  });

  test('without a script the forms lead back to the page', async () => {
    const plain = await open({ javaScriptEnabled: false });
    const before = await plain.locator('#people tr').count();
    await plain.getByRole('button', { name: 'Add to the cohort' }).click();
    await plain.getByRole('status').filter({ hasText: 'Ana Example entered the cohort' }).waitFor();
    expect(await plain.locator('#people tr').count()).toBe(before + 1);
    await plain.close();
  });

  test('everything can be reached and done by keyboard alone', async () => {
    await page.getByLabel('Name', { exact: true }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'entered the cohort' }).waitFor();
    expect(await status()).toContain('entered the cohort');
  });

  test('another site can do nothing here', async () => {
    const answer = await fetch(`${sandbox.url}/person`, {
      method: 'POST',
      body: new URLSearchParams({ name: 'Mallory' }),
      headers: { origin: 'https://example.com' },
    });
    expect(answer.status).toBe(403);
  });

  test('no key stands on the page, and the browser’s console has no error', async () => {
    const html = await page.content();
    expect(html).not.toMatch(/sandbox-(?:key|secret)|koji_live|api_key|Bearer/i);
    expect(errors).toEqual([]);
  });
});
