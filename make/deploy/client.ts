/** Make's own SDK as our commands use it: with a time limit, and with words for whoever runs them (M5). */
import { setTimeout as sleep } from 'node:timers/promises';
import { Make } from '@makehq/sdk';
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';

/** What went wrong on the way to Make or with its answer, in words for the person at the command. */
export class DeployError extends Error {}

const SECOND = 1_000;
const ATTEMPTS = 4;
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?$/;

/** The API's address of a zone such as `eu1`. `override` is for tests and must be this machine. */
export const apiAddress = (zone: string, override: string | undefined): string => {
  if (override !== undefined) {
    if (!LOOPBACK.test(override)) throw new DeployError('MAKE_API_URL must be an address of this machine.');
    return `${override}/api`;
  }
  if (!/^[a-z]{2}\d{1,2}$/.test(zone)) throw new DeployError(`“${zone}” is no zone of Make’s, such as eu1 or us2.`);
  return `https://${zone}.make.com/api`;
};

const refusal = z.object({ message: z.string(), detail: z.string().optional().catch(undefined) });
/** Make's own words in a refusal: the detail, where it is a text, says more. */
const saysIn = (answer: string): string => {
  const { data } = refusal.safeParse(jsonOf(answer));
  return data === undefined ? '' : ` Make says: ${data.detail ?? data.message}`;
};

/** How it goes about its calls. `scopes` are those that its token needs, in words; times are in milliseconds. */
type Manners = { scopes: string; pause?: (milliseconds: number) => Promise<unknown>; timeLimit?: number };

/**
 * Calls with the token, which stands in no message. Waits when Make asks to (429); what only reads or sets is tried again
 * when Make has a problem, what creates never is, because it may have happened.
 */
export class MakeClient extends Make {
  readonly #manners: Required<Manners>;

  constructor(baseUrl: string, token: string, { scopes, pause = sleep, timeLimit = 60 * SECOND }: Manners) {
    const { host, protocol } = new URL(baseUrl);
    super(token, host, { retry: { onRateLimit: true, maxRetries: ATTEMPTS - 1 } });
    this.protocol = protocol.replace(':', '');
    this.#manners = { scopes, pause, timeLimit };
  }

  protected override async sleep(milliseconds: number): Promise<void> {
    await this.#manners.pause(milliseconds);
  }

  protected override async handleRequest(url: string, options: RequestInit = {}, left = ATTEMPTS): Promise<Response> {
    const { method = 'GET' } = options;
    const call = `${method} ${new URL(url).pathname.replace('/api', '')}`;
    const again = async (): Promise<Response> => {
      await this.sleep(SECOND);
      return this.handleRequest(url, options, left - 1);
    };
    const mayRepeat = method !== 'POST' && left > 1;
    const signal = AbortSignal.timeout(this.#manners.timeLimit);
    let response: Response;
    let answer: string;
    try {
      response = await fetch(url, { ...options, redirect: 'error', signal });
      answer = await response.text();
    } catch {
      // Whoever waited for a whole time limit is told at once.
      if (mayRepeat && !signal.aborted) return again();
      throw new DeployError(
        `Make could not be reached at ${this.zone} for ${call}. Check the network and --zone, and run this again: nothing is made twice.`,
      );
    }
    const { status, headers } = response;
    if (status >= 500 && mayRepeat) return again();
    if (!response.ok) {
      const message = `${this.#meaningOf(status)}${saysIn(answer)} (${status} for ${call})`;
      return Response.json({ message }, { status, headers: { 'retry-after': headers.get('retry-after') ?? '' } });
    }
    // Of what is only set or deleted nothing is read, so that Make may as well answer with nothing.
    const found = answer === '' && /PUT|PATCH|DELETE/.test(method) ? {} : jsonOf(answer);
    if (found !== undefined) return Response.json(found);
    throw new DeployError(
      `Make answered ${call} with something that is not its usual data; a proxy or a maintenance page may stand between. Check the network and run this again: nothing is made twice.`,
    );
  }

  #meaningOf(status: number): string {
    switch (status) {
      case 401:
        return 'Make does not accept the token in MAKE_API_TOKEN in this zone. If the address of your Make begins with another one, such as us2, name it with --zone; else create a new token in your profile under API.';
      case 403:
        return `The token lacks the scopes ${this.#manners.scopes}.`;
      case 404:
        return 'Make does not know this. Check --app and --zone.';
      default:
        return 'Make refused this.';
    }
  }
}
