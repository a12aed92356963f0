import { VendorFailure } from '../boundary/failure.ts';
import { jsonOf, type Reply } from '../boundary/send.ts';
import { callKoji, type Koji } from '../koji/api.ts';
import { PLAN_CODE } from '../koji/contract.ts';
import { kojiError } from '../koji/failures.ts';
import { kindOf, word } from './shape.ts';

/** An answer to a GET; status 0 stands for none. */
export type Reading = {
  status: number;
  /** Undefined when the body is no JSON. */
  json: unknown;
  /** The code of Koji's documented error body, null when the body is another. */
  code: string | null;
  header: Reply['header'];
};

/** Asks Koji, and only ever with GET: the doctor changes nothing. */
export const read = async (koji: Koji, path: string): Promise<Reading> => {
  try {
    const reply = await callKoji(koji, 'GET', path);
    const code = reply.status >= 400 ? (kojiError(reply)?.error ?? null) : null;
    return { status: reply.status, json: jsonOf(reply.body), code, header: reply.header };
  } catch (error) {
    if (error instanceof VendorFailure) return { status: 0, json: undefined, code: null, header: () => null };
    throw error;
  }
};

const hostOf = (address: string | null): string =>
  address !== null && URL.canParse(address) ? new URL(address).host : 'an address without a host';

export const isRedirect = ({ status }: Reading): boolean => status >= 300 && status < 400;

/** Answers that say nothing of what was asked: none, too many requests, a breakdown. */
export const isPassing = ({ status }: Reading): boolean =>
  status === 0 || status === 408 || status === 429 || status >= 500;

/** K13: the refusal speaks of the plan or the credits. */
export const isPlan = ({ status, code }: Reading): boolean =>
  status === 402 || (status === 403 && code !== null && PLAN_CODE.test(code));

export const isGood = ({ status, json }: Reading): boolean => status >= 200 && status < 300 && json !== undefined;

/** An answer in words that show nobody's data. */
export const describe = (reading: Reading): string => {
  const { status, code, json } = reading;
  if (status === 0) return 'no answer';
  if (isRedirect(reading)) return `${status}, a redirect to ${hostOf(reading.header('location'))}`;
  if (code !== null) return `${status} ${word(code)}`;
  return json === undefined ? `${status} without JSON` : `${status} with ${kindOf(json)}`;
};

/** Whether two answers can't be told apart. */
export const isSame = (one: Reading, other: Reading): boolean => one.status === other.status && one.code === other.code;
