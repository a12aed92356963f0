import * as z from 'zod';
import { call } from '../boundary/call.ts';
import { VendorFailure } from '../boundary/failure.ts';
import type { Reply, Send } from '../boundary/send.ts';
import { amplitudeFindings } from './errors.ts';
import { amplitudeFailure, readUpload } from './failures.ts';
import { type Hosts, otherRegion, paths, type Region, regionNames } from './hosts.ts';
import { restData } from './rest.ts';

/** What is to be checked. Without a secret key only the API key can be. */
type AmplitudeKeys = { apiKey: string; secretKey: string | undefined; region: Region };

/** A person who does not exist, for a search that is only made because it needs both keys and writes nothing (A19). */
export const NOBODY = 'koji-connection-test@example.com';
const searchPath = `${paths.userSearch}?${new URLSearchParams({ user: NOBODY })}`;

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
          url: `${hosts.ingestion}${paths.upload}`,
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

/** The failure that a region's answer stands for, or null when the keys are good. */
const failureAt = async (
  send: Send,
  keys: AmplitudeKeys,
  hosts: Hosts,
  timeoutMilliseconds: number,
): Promise<VendorFailure | null> => {
  try {
    const reply = await ask(send, keys, hosts, timeoutMilliseconds);
    if (keys.secretKey === undefined) readUpload(reply);
    else restData(reply, searchBody);
    return null;
  } catch (error) {
    if (!(error instanceof VendorFailure)) throw error;
    const { kind, status } = error.details;
    const refusedAsMeant = keys.secretKey === undefined && status === 400 && kind === 'data';
    return refusedAsMeant ? null : error;
  }
};
