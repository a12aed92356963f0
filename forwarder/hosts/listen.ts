/** The address on which this machine hears requests. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { faultOf, StartError } from '../fault.ts';

/** What is in the way, by Node's code for it (https://nodejs.org/api/errors.html#common-system-errors). */
const obstacles: Record<string, string> = {
  EADDRINUSE: 'another program has it',
  EACCES: 'this user may not take it',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'nobody knows that name',
  EAI_AGAIN: 'no name server answers',
};
const REMEDY = 'Set PORT to a free one above 1023, and HOST to an address of this machine, or to 0.0.0.0 for all.';

const EVERYWHERE = ['0.0.0.0', '::'];

/** The address as a browser on this machine opens it. */
const urlOf = (host: string, port: number): string => {
  if (EVERYWHERE.includes(host)) return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
};

/** More are not heard at once: up to 1 MB of what each sends is in the memory until it is known who it is. */
const MOST_CONNECTIONS = 300;

/** Whoever is being heard when it closes gets an answer, if that takes no longer, in milliseconds. */
const LAST_ANSWERS = 5_000;

/** Listens at `url` until it is closed. Rejects with a {@link StartError} where it can't. */
export const listen = async (
  fetch: (request: Request) => Promise<Response>,
  { host, port }: { host: string; port: number },
): Promise<{ url: string; close: () => Promise<void> }> => {
  const server = createServer(getRequestListener(fetch)).listen(port, host);
  server.maxConnections = MOST_CONNECTIONS;
  try {
    await once(server, 'listening');
  } catch (error) {
    const { error: name, code = name } = faultOf(error);
    throw new StartError(`Port ${port} of ${host} can't be listened to: ${obstacles[code] ?? code}. ${REMEDY}`);
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
