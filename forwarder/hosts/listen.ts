/** The address on which this machine hears requests. */
import { once } from 'node:events';
import { type ServerType, serve } from '@hono/node-server';
import { faultOf } from '../fault.ts';
import { StartError } from '../start-error.ts';

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

/** Listens; `url` is where. Rejects with a {@link StartError} where it can't. */
export const listen = async (
  fetch: (request: Request) => Promise<Response>,
  { host, port }: { host: string; port: number },
): Promise<{ server: ServerType; url: string }> => {
  const server = serve({ fetch, hostname: host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new StartError((obstacles[faultOf(error).code ?? ''] ?? unknown)(host, port));
  }
  const address = server.address();
  return { server, url: urlOf(host, typeof address === 'object' && address !== null ? address.port : port) };
};
