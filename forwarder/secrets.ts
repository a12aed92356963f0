/** Whether a request carries one of the secrets that it has to. */
import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (value: string): Buffer => createHash('sha256').update(value).digest();

/** Compared as digests, which are of one length, and with all of them, so that the time it takes tells nothing. */
export const isOneOf = (given: string, secrets: string[]): boolean =>
  secrets.map((secret) => timingSafeEqual(digest(given), digest(secret))).includes(true);

/** What tools write their secrets into, where they can't set a header. */
const QUERY = ['secret', 'census_authentication', 'census_secret'];

const basicPassword = (encoded: string): string =>
  Buffer.from(encoded, 'base64').toString('utf8').split(':').slice(1).join(':');

/** Every secret that a request may mean: a bearer token, the password of Basic, a parameter, a part of the path. */
export const secretsIn = (request: Request, inPath: string | undefined): string[] => {
  const [scheme = '', value = ''] = (request.headers.get('authorization') ?? '').split(/\s+/);
  const query = new URL(request.url).searchParams;
  return [
    ...(/^bearer$/i.test(scheme) ? [value] : []),
    ...(/^basic$/i.test(scheme) ? [basicPassword(value)] : []),
    ...QUERY.flatMap((name) => query.getAll(name)),
    ...(inPath === undefined ? [] : [inPath]),
  ];
};

/** The answer to a reverse-ETL tool that carries none of them. */
export const unauthorized = (): Response =>
  Response.json(
    {
      error: 'unauthorized',
      message: 'The secret is missing or wrong: send Authorization: Bearer, with ETL_SECRET.',
    },
    { status: 401 },
  );
