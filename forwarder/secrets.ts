/** Whether a request carries one of the secrets that it has to. */
import { isOneOfSecrets } from '../boundary/secrets.ts';
import { Refused } from './refused.ts';

/** What tools write their secrets into, where they can't set a header. */
const QUERY = ['secret', 'census_authentication', 'census_secret'];

/** The scheme of the request's authorization in lower case, and what follows it. */
const authorizationOf = (request: Request): [scheme: string, value: string] => {
  const [scheme = '', value = ''] = (request.headers.get('authorization') ?? '').split(/\s+/);
  return [scheme.toLowerCase(), value];
};

/** The password that a browser or a tool sends by Basic; empty where it sends none. */
export const passwordIn = (request: Request): string => {
  const [scheme, value] = authorizationOf(request);
  if (scheme !== 'basic') return '';
  return Buffer.from(value, 'base64').toString('utf8').split(':').slice(1).join(':');
};

/** Every secret that a request may mean. One in the path is the only one: it may as well be a mistyped address. */
const secretsIn = (request: Request, inPath?: string): string[] => {
  if (inPath !== undefined) return [inPath];
  const [scheme, value] = authorizationOf(request);
  const query = new URL(request.url).searchParams;
  return [...(scheme === 'bearer' ? [value] : []), passwordIn(request), ...QUERY.flatMap((name) => query.getAll(name))];
};

/** The refusal of a request without the secret of a setting; where that is empty, nothing opens the address. */
export const unauthorized = (secrets: string[], setting: string, message: string): Refused =>
  new Refused(
    401,
    'unauthorized',
    secrets.length === 0 ? `This address is closed: set ${setting} to open it.` : message,
  );

/** Throws a {@link Refused} where a reverse-ETL tool carries none of the secrets. */
export const expectOneOf = (secrets: string[], request: Request, inPath?: string): void => {
  if (secretsIn(request, inPath).some((given) => isOneOfSecrets(given, secrets))) return;
  const message = 'The secret is missing or wrong: send Authorization: Bearer, with ETL_SECRET.';
  throw unauthorized(secrets, 'ETL_SECRET', message);
};
