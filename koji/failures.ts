/** What Koji answered, read for the tables of koji/errors.ts. */
import { type ErrorTable, type Facts, failureFrom, fill, type Gaps } from '../boundary/error-table.ts';
import { quote, type VendorFailure } from '../boundary/failure.ts';
import { isOfAnApi, jsonOf, type Reply, retryAfterSeconds } from '../boundary/send.ts';
import { OF_A_PERSON, permissions, TAKES_NOBODY, wireConflict, wireError } from './contract.ts';
import { kojiErrors, type Labels, labels, SAYS_NOTHING, startErrors, webhookErrors } from './errors.ts';

/** Koji's documented error body, or null when the answer came from something else (a proxy, a web page). */
export const kojiError = (reply: Reply) => wireError.safeParse(jsonOf(reply.body)).data ?? null;

/** What an error code of Koji's looks like: one word. Other hosts send a sentence in its place, or nothing. */
const CODE = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/;

const codeOf = (reply: Reply): string | undefined => kojiError(reply)?.error;

/** Whether this answer is Koji's own, and not that of a proxy or another host. */
export const isFromKoji = (reply: Reply): boolean => {
  const code = codeOf(reply);
  return code !== undefined && CODE.test(code);
};

/** What the rows are chosen by. */
export const kojiFacts = (reply: Reply): Facts => ({
  status: reply.status,
  itself: isFromKoji(reply),
  code: codeOf(reply),
  retryAfterSeconds: retryAfterSeconds(reply),
});

const saidIn = (message: string | undefined, { status }: Reply): string =>
  quote(message, fill(SAYS_NOTHING, { status: String(status) }));

const failureIn = (table: ErrorTable, reply: Reply, gaps: Gaps): VendorFailure => {
  const said = saidIn(kojiError(reply)?.message, reply);
  return failureFrom('Koji', table, kojiFacts(reply), { ...labels, said, ...gaps });
};

/** The failure that an answer of Koji's stands for, in the words of `names`. `permission` is the one that the request needed. */
export const kojiFailure = (reply: Reply, permission: string, names: Labels = {}): VendorFailure =>
  failureIn(permission === permissions.start ? startErrors : kojiErrors, reply, { ...names, permission });

/**
 * The failure that a conflict of a start stands for which names no interview: null where it is about the person. A code
 * that says it of the study counts before the words.
 */
export const conflictFailure = (reply: Reply, names: Labels = {}): VendorFailure | null => {
  if (!isOfAnApi(reply)) return kojiFailure(reply, permissions.start, names);
  const { error, message } = wireConflict.parse(jsonOf(reply.body));
  const isOfStudy = [error, `${error} ${message}`].some(
    (said) => TAKES_NOBODY.some((words) => words.test(said)) && !OF_A_PERSON.test(said),
  );
  if (!isOfStudy) return null;
  const facts = { status: reply.status, itself: true, code: error };
  return failureFrom('Koji', startErrors, facts, { ...labels, said: saidIn(message, reply), ...names });
};

/** The same for adding a webhook; `instead` says what to use where there is none. */
export const webhookFailure = (reply: Reply, instead: string): VendorFailure =>
  failureIn(webhookErrors, reply, { permission: permissions.webhooks, instead });
