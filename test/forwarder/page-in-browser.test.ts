/** The page as whoever runs the forwarder sees it, in Chromium. */

import { once } from 'node:events';
import { type ServerType, serve } from '@hono/node-server';
import type { Browser, Page } from 'playwright-core';
import { readConfig } from '../../forwarder/config.ts';
import type { Outcome } from '../../forwarder/engine.ts';
import { createForwarder } from '../../forwarder/forwarder.ts';
import { startJob } from '../../forwarder/jobs.ts';
import { servicesOf } from '../../forwarder/services.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startQueue } from '../../sandbox/forwarder/queue.ts';
import { launch } from '../../sandbox/page/chromium.ts';
import { seriousFindings, whereThereIsChromium } from '../sandbox/page/chromium.ts';

const PASSWORD = 'a-page-password-of-the-test';
const httpCredentials = { username: 'anybody', password: PASSWORD };
const SECOND = 1_000;

whereThereIsChromium('in a browser', () => {
  const clock = new VirtualClock(Date.now());
  const queue = startQueue(clock, SECOND);
  let url: string;
  /** The same by a name over plain http, where a browser says nothing but the origin of a form. */
  let plain: string;
  let server: ServerType;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];
  /** What the browser said of itself when it pressed a button. */
  const pressed: { origin: string | null; site: string | null }[] = [];

  const open = async (options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> => {
    const page = await browser.newPage({ httpCredentials, ...options });
    page.setDefaultTimeout(0);
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(url);
    return page;
  };

  beforeAll(async () => {
    const config = readConfig({
      KOJI_API_KEY: 'pk_live_made_up',
      KOJI_WEBHOOK_SECRET: 'a secret that Koji gave',
      AMPLITUDE_API_KEY: 'a'.repeat(32),
      PAGE_PASSWORD: PASSWORD,
    });
    const outcomes: Outcome[] = ['one', 'two', 'three', 'four'].map((why) => ({
      result: 'hopeless',
      why: `Koji refused ${why}.`,
    }));
    queue.work(async () => outcomes.shift() ?? { result: 'done', what: 'started' });
    await queue.queue(
      ['ana', 'ben', 'cleo', 'dan', 'eve'].map((name) =>
        startJob('project', '', { respondent_id: `user_${name}`, respondent_email: `${name}@example.com` }),
      ),
    );
    await clock.runUntilIdle();
    const forwarder = createForwarder(config, queue, servicesOf(config), () => {});
    const fetch = (request: Request): Promise<Response> => {
      const { headers, method } = request;
      if (method === 'POST') pressed.push({ origin: headers.get('origin'), site: headers.get('sec-fetch-site') });
      return forwarder(request);
    };
    server = serve({ fetch, port: 0, hostname: '127.0.0.1' });
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : '';
    url = `http://127.0.0.1:${port}/`;
    plain = `http://forwarder.test:${port}/`;
    browser = await launch('--host-resolver-rules=MAP *.test 127.0.0.1');
    page = await open();
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test('axe finds nothing serious in the light and in the dark', async () => {
    const looked = await open({ bypassCSP: true });
    for (const colorScheme of ['light', 'dark'] as const) {
      await looked.emulateMedia({ colorScheme });
      expect([colorScheme, await seriousFindings(looked)]).toEqual([colorScheme, []]);
    }
    await looked.close();
  });

  describe('on a phone', () => {
    const width = 375;
    beforeAll(() => page.setViewportSize({ width, height: 700 }));
    afterAll(() => page.setViewportSize({ width: 1280, height: 720 }));

    test('nothing is wider than the page', async () => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    });

    test('whoever is given up is read and tried again without scrolling aside', async () => {
      const why = await page.getByRole('cell', { name: 'Koji refused one.' }).boundingBox();
      expect(why?.width).toBeGreaterThan(300);
      const button = await page
        .getByRole('button', { name: /^Try again: / })
        .first()
        .boundingBox();
      expect((button?.x ?? width) + (button?.width ?? 0)).toBeLessThanOrEqual(width);
    });
  });

  test('people are hashes until somebody asks who they are', async () => {
    expect(await page.locator('body').textContent()).not.toContain('user_');
    await page.getByRole('link', { name: 'Show who these people are' }).click();
    await page.getByRole('cell', { name: 'user_ana, ana@example.com', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Show people by a hash' }).click();
    await page.getByRole('link', { name: 'Show who these people are' }).waitFor();
    expect(await page.locator('body').textContent()).not.toContain('user_');
  });

  test('without a script the button tries one of them again', async () => {
    const page = await open({ javaScriptEnabled: false });
    await page
      .getByRole('button', { name: /^Try again: [0-9a-f]{8}$/ })
      .first()
      .click();
    await page.getByText('1 person waits to be started').waitFor();
    expect(await page.getByRole('row', { name: /Koji refused/ }).count()).toBe(3);
    await page.close();
  });

  test('over plain http a form on another page is refused, and the page’s own button is not', async () => {
    // Not by `open`: its console has the refusal.
    const page = await browser.newPage({ httpCredentials, javaScriptEnabled: false });
    page.setDefaultTimeout(0);
    await page.goto(plain);
    const job = await page.locator('input[name=id]:not([value=all])').first().getAttribute('value');
    const form = `<form method="post" action="${plain}again"><input name="id" value="${job}"><button>Win</button></form>`;
    await page.route('http://elsewhere.test/', (route) => route.fulfill({ contentType: 'text/html', body: form }));
    pressed.length = 0;
    await page.goto('http://elsewhere.test/');
    await page.getByRole('button').click();
    await page.getByText('Press the button on the page itself.').waitFor();
    await page.goto(plain);
    expect(await page.getByRole('row', { name: /Koji refused/ }).count()).toBe(3);
    await page
      .getByRole('button', { name: /^Try again: / })
      .first()
      .click();
    await page.getByText('2 people wait to be started').waitFor();
    expect(pressed).toEqual([
      { origin: 'http://elsewhere.test', site: null },
      { origin: new URL(plain).origin, site: null },
    ]);
    await page.close();
  });

  test('by keyboard alone all of them are tried again', async () => {
    await page.goto(url);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Try all 2 again');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    await page.getByText('Nobody.').waitFor();
    await clock.runUntilIdle();
    await page.reload();
    await page.getByText('0 people wait to be started').waitFor();
  });

  test('the browser’s console has no error', () => {
    expect(errors).toEqual([]);
  });
});
