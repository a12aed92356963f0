import * as z from 'zod';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether an address is on this machine. */
export const isLoopback = ({ hostname }: URL): boolean => LOOPBACK.has(hostname);

const allowedUrl = z
  .url()
  .transform((text) => new URL(text))
  .refine((url) => url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))
  .refine((url) => url.username === '' && url.password === '' && url.search === '' && url.hash === '');

/**
 * A vendor's address: the documented one, or what an environment variable puts in its place (sandbox, tests, self-hosting).
 * Without a trailing slash. Throws when the replacement is neither https nor this machine, because keys would travel there.
 */
export const hostFromEnvironment = (
  environment: Record<string, string | undefined>,
  variable: string,
  documented: string,
): string => {
  const replacement = environment[variable];
  if (replacement === undefined || replacement === '') return documented;
  const parsed = allowedUrl.safeParse(replacement);
  if (!parsed.success) {
    throw new Error(`${variable} must be an https address, or http on this machine (localhost, 127.0.0.1, [::1]).`);
  }
  return parsed.data.href.replace(/\/+$/, '');
};

/** Whether a request to `url` goes to the service at `base`: same origin, and below its path. */
export const belongsTo = (url: string, base: string): boolean => {
  if (!URL.canParse(url)) return false;
  const target = new URL(url);
  const home = new URL(base);
  const below = home.pathname.replace(/\/$/, '');
  return target.origin === home.origin && (target.pathname === below || target.pathname.startsWith(`${below}/`));
};

/** The same address under its host's other name: with `www.` before it, or without. */
const twinOf = (url: string): URL => {
  const twin = new URL(url);
  twin.hostname = twin.hostname.startsWith('www.') ? twin.hostname.slice('www.'.length) : `www.${twin.hostname}`;
  return twin;
};

/** The address that a redirect leads to when it is the same path under the host's other name, over https; else null. */
export const redirectedTwin = (url: string, location: string | null): string | null => {
  if (location === null || !URL.canParse(location, url)) return null;
  const target = new URL(location, url);
  const twin = twinOf(url);
  const isTwin = target.protocol === 'https:' && target.origin === twin.origin && target.pathname === twin.pathname;
  return isTwin ? twin.href : null;
};

/** Whether a request goes to the service at `base`, under either name of its host. */
export const belongsToEither = (url: string, base: string): boolean =>
  belongsTo(url, base) ||
  (URL.canParse(url) && new URL(url).protocol === 'https:' && belongsTo(twinOf(url).href, base));
