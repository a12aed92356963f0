/** The page for whoever runs the service, behind a password, and the button on it. */
import * as z from 'zod';
import { isOneOfSecrets } from '../../boundary/secrets.ts';
import { textOf } from '../body.ts';
import type { Forwarder } from '../forwarder.ts';
import { HOURS, MOST_DEAD, pageOf } from '../page/page.ts';
import { passwordIn } from '../secrets.ts';

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
  // Under no-referrer the button's request would come from the origin `null`.
  'referrer-policy': 'same-origin',
};

const askForPassword = (isSet: boolean): Response =>
  new Response(isSet ? 'The password is missing or wrong; any name will do.' : 'Set PAGE_PASSWORD to open this page.', {
    status: 401,
    headers: isSet ? { 'www-authenticate': 'Basic realm="Koji forwarder", charset="UTF-8"' } : {},
  });

const mayLook = ({ config }: Forwarder, request: Request): boolean =>
  isOneOfSecrets(passwordIn(request), config.pagePasswords);

export const showPage = async (forwarder: Forwarder, request: Request): Promise<Response> => {
  const { config, engine, services } = forwarder;
  if (!mayLook(forwarder, request)) return askForPassword(config.pagePasswords.length > 0);
  const [counts, retries, tallies, dead] = await Promise.all([
    engine.counts(),
    engine.retries(),
    engine.tallies(HOURS),
    engine.dead(MOST_DEAD),
  ]);
  const page = await pageOf({
    now: services.now(),
    counts,
    retries,
    tallies,
    dead,
    spacingMilliseconds: config.spacingMilliseconds,
    showsPeople: new URL(request.url).searchParams.get('people') === 'shown',
  });
  return new Response(page, { headers });
};

const MOST = { bytes: 1_000 };
const which = z.union([z.literal('all').transform(() => null), z.uuid()]);

/**
 * A browser sends the password by itself, so the button has to be one of our own page. Over https a browser says so; over
 * plain http it says where the form was, which has to be the host that it was sent to. What says neither is no browser
 * (each of them names the origin of a form: https://fetch.spec.whatwg.org/#origin-header), and had to be given the password.
 */
const isFromOurPage = ({ headers }: Request): boolean => {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin';
  const origin = headers.get('origin');
  return origin === null || origin.replace(/^https?:\/\//, '') === headers.get('host');
};

const notOurs =
  'Press the button on the page itself. If you did, the reverse proxy changes the header Host: have it hand that on as it is.';

/** What the button does; the page is shown again then. */
export const tryAgain = async (forwarder: Forwarder, request: Request): Promise<Response> => {
  const { config, engine, say } = forwarder;
  if (!mayLook(forwarder, request)) return askForPassword(config.pagePasswords.length > 0);
  if (!isFromOurPage(request)) return new Response(notOurs, { status: 403 });
  const asked = which.safeParse(new URLSearchParams(await textOf(request, MOST)).get('id'));
  if (!asked.success) return new Response('This is no job.', { status: 400 });
  const jobs = await engine.tryAgain(asked.data);
  say('jobs are tried again', { jobs });
  return new Response(null, { status: 303, headers: { location: '/' } });
};
