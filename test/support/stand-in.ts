import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import * as z from 'zod';

const address = z.object({ port: z.number() });

/** A service that a test makes up with Hono, on a free port of this machine. */
export const startStandIn = async (service: {
  fetch: Parameters<typeof getRequestListener>[0];
}): Promise<{ url: string; close: () => Promise<void> }> => {
  // jest's own Request and Response stay as they are.
  const server = createServer(getRequestListener(service.fetch, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${address.parse(server.address()).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
