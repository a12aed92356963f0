import * as z from 'zod';
import { call } from '../boundary/call.ts';
import { VendorFailure } from '../boundary/failure.ts';
import { jsonOf, type Reply, type Send } from '../boundary/send.ts';
import { amplitudeFindings } from './errors.ts';
import { amplitudeFailure, readUpload, restFailure } from './failures.ts';
import { type Hosts, otherRegion, type Region, regionNames } from './hosts.ts';
import { uploadPath } from './ingestion.ts';

/** What is to be checked. Without a secret key only the API key can be. */
export type AmplitudeKeys = { apiKey: string; secretKey: string | undefined; region: Region };

/**
 * A person who does not exist: the search is only made because it needs both keys and writes nothing (A19).
 */
const searchPath = `/api/2/usersearch?${new URLSearchParams({ user: 'koji-connection-test@example.com' })}`;

/** An event that two independent rules refuse, no id and no time, so that it can never be stored (A21). */
const refusedEvent = (apiKey: string) =>
  JSON.stringify({ api_key: apiKey, events: [{ event_type: 'koji.connection_test', time: 'invalid' }] });

/** A search's answer (A19). Its form is checked, because a proxy's web page may have status 200 as well. */
const searchBody = z.object({ matches: z.array(z.unknown()) });

/** The failures that speak of the keys; any other leaves them unchecked. */
const AUTHENTICATION_CODES = new Set(['invalid_api_key', 'invalid_secret_key', 'forbidden']);

/** Asks one region, writing nothing. */
const ask = (
  send: Send,
  { apiKey, secretKey }: AmplitudeKeys,
  hosts: Hosts,
  timeoutMilliseconds: number,
): Promise<Reply> =>
  call(
    'Amplitude',
    send,
    secretKey === undefined
      ? {
          method: 'POST',
          url: `${hosts.ingestion}${uploadPath}`,
          headers: { 'content-type': 'application/json' },
          body: refusedEvent(apiKey),
          timeoutMilliseconds,
        }
      : {
          method: 'GET',
          url: `${hosts.rest}${searchPath}`,
          headers: { accept: 'application/json' },
          timeoutMilliseconds,
        },
  );

/** The failure an answer stands for, or null when the keys are good. */
const verdict = (reply: Reply, secretKey: string | undefined): VendorFailure | null => {
  if (secretKey !== undefined) {
    const answered = reply.status === 200 && searchBody.safeParse(jsonOf(reply.body)).success;
    return answered ? null : restFailure(reply);
  }
  const outcome = readUpload(reply);
  if (!(outcome instanceof VendorFailure)) return null;
  const refusedAsMeant = reply.status === 400 && outcome.details.kind === 'data';
  return refusedAsMeant ? null : outcome;
};

/**
 * Checks Amplitude's keys without writing anything. `unchecked` when Amplitude gives no clear answer, because it is down,
 * busy or behind a firewall: that is no fault of the connection. Throws a `VendorFailure` of kind `connection` for keys
 * that can't work, and says so when they belong to the other region.
 */
export const probeAmplitudeKeys = async (
  send: Send,
  keys: AmplitudeKeys,
  hostsOf: (region: Region) => Hosts,
  timeoutMilliseconds: number,
): Promise<'good' | 'unchecked'> => {
  const here = hostsOf(keys.region);
  const failure = await failureAt(send, keys, here, timeoutMilliseconds);
  if (failure === null) return 'good';
  if (!AUTHENTICATION_CODES.has(failure.details.code)) return 'unchecked';
  if (failure.details.code !== 'invalid_api_key') throw failure;

  const region = otherRegion(keys.region);
  const there = hostsOf(region);
  if (there.rest === here.rest && there.ingestion === here.ingestion) throw failure;
  const elsewhere = await failureAt(send, keys, there, timeoutMilliseconds);
  const knownThere = elsewhere === null || elsewhere.details.code === 'invalid_secret_key';
  if (!knownThere) throw failure;
  const { status } = failure.details;
  throw amplitudeFailure(amplitudeFindings.otherRegion, { region: regionNames[region] }, { status });
};

const failureAt = async (
  send: Send,
  keys: AmplitudeKeys,
  hosts: Hosts,
  timeoutMilliseconds: number,
): Promise<VendorFailure | null> => {
  try {
    return verdict(await ask(send, keys, hosts, timeoutMilliseconds), keys.secretKey);
  } catch (error) {
    if (error instanceof VendorFailure) return error;
    throw error;
  }
};
