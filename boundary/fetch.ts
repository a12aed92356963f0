import { belongsToEither } from './host.ts';
import type { Send } from './send.ts';

/** The network, for what runs outside of a platform: `authorization` goes to `homes` and nowhere else. */
export const fetchSend =
  (authorization: string | null, homes: string[]): Send =>
  async ({ method, url, headers, body, timeoutMilliseconds }) => {
    const isHome = homes.some((home) => belongsToEither(url, home));
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(authorization !== null && isHome ? { authorization } : {}) },
      body: body ?? null,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    return { status: response.status, header: (name) => response.headers.get(name), body: await response.text() };
  };
