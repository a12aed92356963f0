/** Chromium without windows, for the page's pictures and tests: Debian's chromium-headless-shell, which the gate installs. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium-headless-shell';

export const isThereChromium = (): boolean => existsSync(CHROMIUM);

const args = [
  '--no-sandbox',
  '--disable-gpu',
  // What takes the place of a GPU needs no process of its own, which would only have to be started.
  '--in-process-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
];

export const launch = (...more: string[]): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: [...args, ...more] });
