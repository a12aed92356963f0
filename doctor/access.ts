import { errorCodes, paths, permissions } from '../koji/contract.ts';
import { asking, type Check, edits, settings } from './check.ts';
import { describe, isGood, isPassing, isPlan, isRedirect, isSame, type Reading } from './reading.ts';

/** What was read to learn about address and key: an interview that does not exist, with the key and without one. */
export type Access = { withKey: Reading; withoutKey: Reading };

/** Whether the key turned out good enough to go on asking. */
export const isOpen = ({ withKey }: Access): boolean =>
  !isPassing(withKey) && !isRedirect(withKey) && withKey.json !== undefined && withKey.status !== 401;

const address = (host: string, { withKey }: Access): Check => {
  const answer = asking('K1', `Does Koji's API answer at ${host}?`, edits.address);
  const saw = describe(withKey);
  if (isPassing(withKey)) return answer('unknown', saw);
  if (isRedirect(withKey)) return answer('wrong', saw);
  if (withKey.code !== null) return answer('confirmed', saw);
  const isNoApi = withKey.json === undefined && (withKey.status === 404 || withKey.status < 300);
  return answer(isNoApi ? 'wrong' : 'unknown', saw);
};

const errorBody = ({ withKey }: Access): Check => {
  const answer = asking('K5.error', 'Do errors come as {"error": code, "message": text}?', edits.error);
  const saw = describe(withKey);
  if (withKey.code !== null) return answer('confirmed', saw);
  const isErrorInJson = withKey.status >= 400 && withKey.json !== undefined && !isPassing(withKey);
  return answer(isErrorInJson ? 'wrong' : 'unknown', saw);
};

const keyTest = ({ withKey, withoutKey }: Access): Check => {
  const answer = asking('K5', 'Does asking for an unknown interview tell a good key from a bad one?', edits.keyTest);
  const saw = `with the key ${describe(withKey)}, without one ${describe(withoutKey)}`;
  if (!isOpen({ withKey, withoutKey }) || isPassing(withoutKey) || isPlan(withKey)) return answer('unknown', saw);
  const good =
    (withKey.status === 404 && withKey.code !== null) ||
    (withKey.status === 403 && withKey.code === errorCodes.forbidden);
  return answer(good && withoutKey.status === 401 ? 'confirmed' : 'wrong', saw);
};

const key = (access: Access): Check => {
  const { withKey, withoutKey } = access;
  const saw = `with the key ${describe(withKey)}, without one ${describe(withoutKey)}`;
  if (withKey.status === 401) return asking('key', 'Does Koji accept the key?', settings.env)('wrong', saw);
  const answer = asking('key', 'Does Koji accept the key?', edits.authorization);
  return answer(isOpen(access) && withoutKey.status === 401 ? 'confirmed' : 'unknown', saw);
};

const mayRead = ({ withKey }: Access): Check => {
  const answer = asking('key.read', `Has the key the permission ${permissions.read}?`, settings.key);
  const saw = describe(withKey);
  if (withKey.status === 404 && withKey.code !== null) return answer('confirmed', saw);
  return answer(withKey.status === 403 && withKey.code === errorCodes.forbidden ? 'wrong' : 'unknown', saw);
};

const mayStart: Check = asking(
  'key.start',
  `Has the key the permission ${permissions.start}?`,
  settings.key,
)('unknown', 'not asked: only starting an interview shows it, and the doctor starts none');

/** K1, K5, and what the key may do. */
export const accessChecks = (host: string, access: Access): Check[] => [
  address(host, access),
  errorBody(access),
  keyTest(access),
  key(access),
  mayRead(access),
  mayStart,
];

const WEBHOOKS = `Is there an endpoint for webhooks, at ${paths.webhooks}?`;

/**
 * K7, as far as a GET can tell. `nowhere` is the answer at a path that exists in no API: only what differs from it says
 * that there is an endpoint. That there is none is never proven, because an API that takes POST alone may answer a GET
 * as if there were nothing.
 */
export const webhookChecks = (reading: Reading, nowhere: Reading): Check[] => {
  const answer = asking('K7', WEBHOOKS, edits.webhooks);
  const saw = `GET ${describe(reading)}; at a path that does not exist ${describe(nowhere)}`;
  if (isPassing(reading) || isRedirect(reading)) return [answer('unknown', saw)];
  if (isSame(reading, nowhere)) return [answer('unknown', `${saw}: no sign of an endpoint`)];
  if (isPlan(reading)) {
    const plan = asking('K7.plan', 'Are webhooks part of the plan?', settings.plan);
    return [answer('confirmed', saw), plan('wrong', describe(reading))];
  }
  if (isGood(reading)) return [answer('confirmed', `${saw}: there is something to list`)];
  if (reading.status === 405) {
    const allowed = reading.header('allow');
    if (allowed !== null && !/\bPOST\b/i.test(allowed)) return [answer('wrong', `${saw}: POST is not allowed either`)];
    return [answer('confirmed', `${saw}: there is an endpoint, for other methods than GET`)];
  }
  if (reading.status === 403 && reading.code === errorCodes.forbidden) {
    return [answer('confirmed', `${saw}: there is an endpoint, and the key lacks a permission to read it`)];
  }
  return [answer('unknown', saw)];
};
