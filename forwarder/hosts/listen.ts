/** The address on which this machine hears requests. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { faultOf, StartError } from '../fault.ts';

/** What is in the way, by Node's code for it (https://nodejs.org/api/errors.html#common-system-errors). */
const obstacles: Record<string, (host: string, port: number) => string> = {
  EADDRINUSE: (host, port) =>
    `Port ${port} of ${host} is taken by another program. Stop that, or give this one another PORT.`,
  EACCES: (_host, port) => `Port ${port} is not for this user. Take a PORT above 1023.`,
  EADDRNOTAVAIL: (host) =>
    `This machine has no address ${host}. Set HOST to one of its addresses, or to 0.0.0.0 for all.`,
  ENOTFOUND: (host) =>
    `Nobody knows the name ${host}. Set HOST to one of this machine's addresses, or to 0.0.0.0 for all.`,
};
const unknown = (host: string, port: number): string =>
  `Port ${port} of ${host} can't be listened to. Set HOST to an address of this machine and PORT to a free one.`;

const EVERYWHERE = ['0.0.0.0', '::'];

/** The address as a browser on this machine opens it. */
const urlOf = (host: string, port: number): string => {
  if (EVERYWHERE.includes(host)) return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
};

/** Whoever is being heard when it closes gets an answer, if that takes no longer, in milliseconds. */
const LAST_ANSWERS = 5_000;

/** Listens at `url` until it is closed. Rejects with a {@link StartError} where it can't. */
export const listen = async (
  fetch: (request: Request) => Promise<Response>,
  { host, port }: { host: string; port: number },
): Promise<{ url: string; close: () => Promise<void> }> => {
  const server = createServer(getRequestListener(fetch)).listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new StartError((obstacles[faultOf(error).code ?? ''] ?? unknown)(host, port));
  }
  const address = server.address();
  return {
    url: urlOf(host, typeof address === 'object' && address !== null ? address.port : port),
    close: async () => {
      // A connection is kept for a next request once one is answered.
      const letGo = setInterval(() => server.closeIdleConnections(), 50);
      await Promise.race([once(server.close(), 'close'), sleep(LAST_ANSWERS)]);
      clearInterval(letGo);
    },
  };
};
