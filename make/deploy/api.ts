/** Make's API for custom apps: how it is called, and what it answers (M5). */

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import { type Component, codeText } from '../build/files.ts';

/** A refusal of Make's, in words for the person who deploys. */
export class DeployError extends Error {}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH';
export type Content = { type: string; body: string | Buffer };
/** One call below `/v2/sdk/apps`. Gives the answer as the schema reads it; throws a {@link DeployError}. */
export type MakeApi = <Answer>(
  schema: z.ZodType<Answer>,
  method: Method,
  path: string,
  content?: Content,
) => Promise<Answer>;

/** The kinds of things in an app, in the order in which Make needs them. */
export const kinds = ['connection', 'rpc', 'webhook', 'module'] as const;
export type Kind = (typeof kinds)[number];

/** Modules and RPCs keep our names. */
export const isNamedByMake = (kind: Kind): kind is 'connection' | 'webhook' =>
  kind === 'connection' || kind === 'webhook';

const VERSION = 1;
/** Where an app's code lies, and what belongs to its version. */
export const versionPath = (appId: string): string => `/${appId}/${VERSION}`;
/** Where things of a kind are listed and made: connections and webhooks have no version. */
export const folderPath = (appId: string, kind: Kind): string =>
  isNamedByMake(kind) ? `/${appId}/${kind}s` : `${versionPath(appId)}/${kind}s`;
/** Where one thing lies, by its name on Make. */
export const thingPath = (appId: string, kind: Kind, name: string): string =>
  isNamedByMake(kind) ? `/${kind}s/${name}` : `${folderPath(appId, kind)}/${name}`;

/** Make's numbers for what a module is. */
export const typeIds: Record<string, number> = { trigger: 1, action: 4, search: 9, instant_trigger: 10, universal: 12 };

/** A body that is read by Make. */
export const json = (value: object): Content => ({ type: 'application/json', body: JSON.stringify(value) });
/** Code, which may hold comments on Make. */
export const jsonc = (body: string): Content => ({ type: 'application/jsonc', body });

const text = z.string().nullish();
/** A thing of an app's, or the app. */
const thing = z.looseObject({
  name: z.string(),
  label: text,
  description: text,
  typeId: z.number().nullish(),
  crud: text,
  connection: text,
  webhook: text,
});
export type Thing = z.infer<typeof thing>;

/** MD5 sums by the names of what they are of. */
export type Sums = Record<string, string | null>;
/** The sum of a code, as Make tells it. */
export const md5 = (content: string | Buffer): string => createHash('md5').update(content).digest('hex');
/** The sums of what holds nothing, as Make or we write it. */
const EMPTY_SUMS = ['', '{}', '{ }', '[]', 'null'].flatMap((body) => [md5(body), md5(`${body}\n`)]);
/** All sums of one section: Make has a second one of what was sent as JSONC, and calls the readme content. */
export const sumsOf = (has: Sums, section: string): string[] =>
  [section, `${section}_jsonc`, ...(section === 'readme' ? ['content'] : [])].flatMap((name) => has[name] ?? []);

/** A component's code as it is sent. */
export type Code = { section: string; content: Content };

/** The sections, by the keys that the manifest has for a component's code. */
const sections: Record<string, string> = {
  communication: 'api',
  params: 'parameters',
  staticParams: 'parameters',
  mappableParams: 'expect',
};

/** All of a component's code. */
export const codesOf = ({ codes }: Component): Code[] =>
  Object.entries(codes).map(([key, [, content]]) => {
    const body = codeText(content);
    return {
      section: sections[key] ?? key,
      content: key === 'common' ? { type: 'application/json', body } : jsonc(body),
    };
  });

/** The sections that an app of ours may be without (format.ts): Make fills some of a new webhook's with examples. */
const optionalSections: Record<Kind, string[]> = {
  connection: [],
  rpc: [],
  webhook: ['attach', 'detach', 'update'],
  module: [],
};

/** What empties the sections that Make still has, and the component no longer. */
export const formerCodesOf = (kind: Kind, { codes }: Component, has: Sums): Code[] =>
  optionalSections[kind]
    .filter((section) => !(section in codes) && sumsOf(has, section).some((sum) => !EMPTY_SUMS.includes(sum)))
    .map((section) => ({ section, content: jsonc('{}') }));

// Every key is needed: a missing one would read as “nothing is there”, and all of it would be made again.
const sums = z.array(z.object({ name: z.string(), checksum: z.record(z.string(), z.string().nullable()) }));
const byName = (all: z.infer<typeof sums>): Map<string, Sums> =>
  new Map(all.map(({ name, checksum }) => [name, checksum]));

const wrapped = <Inner>(key: string, inner: z.ZodType<Inner>): z.ZodType<Inner> =>
  z
    .record(z.string(), z.unknown())
    .transform((answer) => answer[key])
    .pipe(inner);

/** Everything in an app, by kind and name, with the sums of its code. */
export const checksumSchema = z
  .object({ app: sums, accounts: sums, hooks: sums, modules: sums, rpcs: sums })
  .transform(({ app, accounts, hooks, modules, rpcs }) => ({
    app: Object.fromEntries(app.flatMap(({ checksum }) => Object.entries(checksum))),
    connection: byName(accounts),
    rpc: byName(rpcs),
    webhook: byName(hooks),
    module: byName(modules),
  }));
export type Checksum = z.infer<typeof checksumSchema>;

/** The apps of an account. */
export const appsSchema = wrapped('apps', z.array(thing));
/** The app that was made. */
export const appSchema = wrapped('app', thing);
/** Lists leave out what only the single thing tells, such as a module's connection (Make's API reference, SDK Apps). */
export const listSchemas: Record<Kind, z.ZodType<Thing[]>> = {
  connection: wrapped('appConnections', z.array(thing)),
  // Make's own SDK reads a missing list of RPCs as none.
  rpc: wrapped('appRpcs', z.array(thing).default([])),
  webhook: wrapped('appWebhooks', z.array(thing)),
  module: wrapped('appModules', z.array(thing)),
};
/** One thing, with all that Make tells of it. */
export const thingSchemas: Record<Kind, z.ZodType<Thing>> = {
  connection: wrapped('appConnection', thing),
  rpc: wrapped('appRpc', thing),
  webhook: wrapped('appWebhook', thing),
  module: wrapped('appModule', thing),
};
/** Any JSON: an answer of which nothing is needed, or a section's code. */
export const anySchema = z.unknown();

const ROOT = '/v2/sdk/apps';
const ATTEMPTS = 4;
const SECOND = 1_000;
const TIME_LIMIT = 60 * SECOND;

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

/** Reads an answer. Throws a {@link DeployError} when it is none of Make's. */
const read = <Answer>(schema: z.ZodType<Answer>, method: Method, path: string, answer: string): Answer => {
  const call = `${method} ${ROOT}${path}`;
  // Of what is only set nothing is read, so that Make may as well answer with nothing.
  const isNothing = answer === '' && (method === 'PUT' || method === 'PATCH');
  const found = isNothing ? null : jsonOf(answer);
  if (found === undefined)
    throw new DeployError(
      `Make answered ${call} with something that is not its usual data; a proxy or a maintenance page may stand between. Check the network and run this again: nothing is made twice.`,
    );
  const result = schema.safeParse(found);
  if (result.success) return result.data;
  throw new DeployError(
    `Make answered ${call} with something that is not its usual data; its API may have changed. Compare with make/deploy/api.ts:\n${z.prettifyError(result.error)}`,
  );
};

/**
 * Calls with the token, which stands in no message. Waits when Make asks to (429); what only reads or sets is tried
 * again when Make has a problem, what creates never is, because it may have happened. `timeLimit` is for one call.
 */
export const makeApi = (
  baseUrl: string,
  token: string,
  pause: (milliseconds: number) => Promise<unknown> = sleep,
  timeLimit = TIME_LIMIT,
): MakeApi => {
  const attempt = async (method: Method, path: string, content: Content | undefined, left: number): Promise<string> => {
    const mayRepeat = method !== 'POST' && left > 1;
    const signal = AbortSignal.timeout(timeLimit);
    let response: Response;
    let answer: string;
    try {
      response = await fetch(`${baseUrl}${ROOT}${path}`, {
        method,
        redirect: 'error',
        signal,
        headers: {
          authorization: `Token ${token}`,
          ...(content === undefined ? {} : { 'content-type': content.type }),
        },
        ...(content === undefined ? {} : { body: content.body }),
      });
      answer = await response.text();
    } catch {
      // Whoever waited for a whole time limit is told at once.
      if (mayRepeat && !signal.aborted) {
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
    return answer;
  };
  return async (schema, method, path, content) =>
    read(schema, method, path, await attempt(method, path, content, ATTEMPTS));
};
