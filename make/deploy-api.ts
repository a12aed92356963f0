/** Make's API for custom apps (Make contract §1.4). */
import { setTimeout as sleep } from 'node:timers/promises';

/** A refusal of Make's, in words for the person who deploys. */
export class DeployError extends Error {}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH';
export type Content = { type: string; body: string | Buffer };
/** One call below `/v2/sdk/apps`. Gives the answer's JSON; throws a {@link DeployError}. */
export type MakeApi = (method: Method, path: string, content?: Content) => Promise<unknown>;

const ROOT = '/v2/sdk/apps';
const ATTEMPTS = 4;
const SECOND = 1_000;

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

const meaning: Record<number, string> = {
  401: 'Make does not accept the token in MAKE_API_TOKEN in this zone. If the address of your Make begins with another one, such as us2, name it with --zone; else create a new token in your profile under API.',
  403: 'The token lacks the scopes sdk-apps:read and sdk-apps:write.',
  404: 'Make does not know this. Check --app and --zone.',
};

/**
 * Calls with the token, which stands in no message. Waits when Make asks to (429); what only reads or sets is tried
 * again when Make has a problem, what creates never is, because it may have happened.
 */
export const makeApi = (
  baseUrl: string,
  token: string,
  pause: (milliseconds: number) => Promise<unknown> = sleep,
): MakeApi => {
  const attempt = async (
    method: Method,
    path: string,
    content: Content | undefined,
    left: number,
  ): Promise<unknown> => {
    const mayRepeat = method !== 'POST' && left > 1;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${baseUrl}${ROOT}${path}`, {
        method,
        redirect: 'error',
        headers: {
          authorization: `Token ${token}`,
          ...(content === undefined ? {} : { 'content-type': content.type }),
        },
        ...(content === undefined ? {} : { body: content.body }),
      });
      text = await response.text();
    } catch {
      if (mayRepeat) {
        await pause(SECOND);
        return attempt(method, path, content, left - 1);
      }
      throw new DeployError(
        `Make could not be reached at ${new URL(baseUrl).host} for ${method} ${ROOT}${path}. Check the network and --zone, and run this again: nothing is made twice.`,
      );
    }
    const { status } = response;
    if (status === 429 && left > 1) {
      const asked = Number(response.headers.get('retry-after'));
      await pause((Number.isFinite(asked) && asked > 0 ? Math.min(asked, 60) : 5) * SECOND);
      return attempt(method, path, content, left - 1);
    }
    if (status >= 500 && mayRepeat) {
      await pause(SECOND);
      return attempt(method, path, content, left - 1);
    }
    if (!response.ok)
      throw new DeployError(`${meaning[status] ?? 'Make refused this.'} (${status} for ${method} ${ROOT}${path})`);
    try {
      return JSON.parse(text);
    } catch {
      return {};
    }
  };
  return (method, path, content) => attempt(method, path, content, ATTEMPTS);
};
