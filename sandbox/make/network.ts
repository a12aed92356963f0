/**
 * Make's side of the network: the requests that it sends, how long it waits, and what may never leave for a host. Nothing
 * but local services is reached.
 */
import { belongsTo } from '../../boundary/host.ts';
import { UnknownToRunner } from './error.ts';

export type MakeRequest = { method: string; url: string; headers: Record<string, string>; body: string | undefined };
type MakeReply = { status: number; headers: Record<string, string>; body: string };
/** The way to the network; header names are in lower case. */
export type MakeHttp = (request: MakeRequest) => Promise<MakeReply>;

/** Make waits no longer for an answer (M24). */
const TIMEOUT_MILLISECONDS = 40_000;

/** Sends to local services in place of the real ones, and to nothing else. */
export const fetchTo =
  (
    hosts: Record<string, string>,
    signalAfter = (milliseconds: number) => AbortSignal.timeout(milliseconds),
  ): MakeHttp =>
  async ({ method, url, headers, body }) => {
    const [real, local] = Object.entries(hosts).find(([host]) => belongsTo(url, host)) ?? [];
    if (real === undefined || local === undefined) throw new UnknownToRunner(`A request went to ${new URL(url).host}.`);
    const signal = signalAfter(TIMEOUT_MILLISECONDS);
    const options = { method, headers, signal, redirect: 'manual' as const, ...(body === undefined ? {} : { body }) };
    const response = await fetch(`${local}${url.slice(real.length)}`, options);
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
  };

/** Whether a text holds one of them, as it is or as Basic authorization. */
export const shows = (text: string, secrets: string[]): boolean => {
  const decoded = Buffer.from(text.replace(/^Basic /, ''), 'base64').toString();
  return secrets.some((secret) => text.includes(secret) || decoded.includes(secret));
};

/** Secrets, and the hosts that they are for. */
type Owner = { secrets: string[]; hosts: string[] };

/** Sends on only what carries no secret to a host that it is not for (M1). */
export const toOwnersOnly =
  (http: MakeHttp, owners: Owner[]): MakeHttp =>
  async (request) => {
    const texts = [request.url, request.body ?? '', ...Object.values(request.headers)];
    for (const { secrets, hosts } of owners) {
      const isTheirs = hosts.some((host) => belongsTo(request.url, host));
      if (!isTheirs && texts.some((text) => shows(text, secrets))) {
        throw new UnknownToRunner(`A secret for ${hosts.join(' and ')} went to ${new URL(request.url).host}.`);
      }
    }
    return http(request);
  };
