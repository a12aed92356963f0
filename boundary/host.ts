import * as z from 'zod';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

const allowedUrl = z
  .url()
  .transform((text) => new URL(text))
  .refine((url) => url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname)))
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
  const below = home.pathname.replace(/\/+$/, '');
  return target.origin === home.origin && (target.pathname === below || target.pathname.startsWith(`${below}/`));
};
