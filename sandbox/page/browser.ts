import { spawn } from 'node:child_process';

/** What opens an address, by system; elsewhere it is as on Linux. */
const openers: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start'],
};

/** Opens the address in the person's browser. Where there is none, nothing happens: the address is printed, too. */
export const openInBrowser = (url: string): void => {
  const [program, ...words] = openers[process.platform] ?? ['xdg-open'];
  const opener = spawn(program, [...words, url], { stdio: 'ignore', detached: true });
  opener.on('error', () => {});
  opener.unref();
};
