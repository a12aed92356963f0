/** Custom apps as Make's API has them (M5): over the SDK, and by path where the SDK lacks a call or a field. */
import { createHash } from 'node:crypto';
import type { Make } from '@makehq/sdk';
import * as z from 'zod';
import { type Component, codeText } from '../build/files.ts';
import { DeployError } from './client.ts';

/** The kinds of things in an app, in the order in which Make needs them. */
export const kinds = ['connection', 'rpc', 'webhook', 'module'] as const;
export type Kind = (typeof kinds)[number];

/** Modules and RPCs keep our names. */
export const isNamedByMake = (kind: Kind): kind is 'connection' | 'webhook' =>
  kind === 'connection' || kind === 'webhook';

const VERSION = 1;
/** Where things of a kind are made: connections and webhooks have no version. */
const folderOf = (app: string, kind: Kind): string =>
  isNamedByMake(kind) ? `/sdk/apps/${app}/${kind}s` : `/sdk/apps/${app}/${VERSION}/${kind}s`;
const placeOf = (app: string, kind: Kind, name: string): string =>
  isNamedByMake(kind) ? `/sdk/apps/${kind}s/${name}` : `${folderOf(app, kind)}/${name}`;

/** Make's numbers for what a module is. */
export const typeIds: Record<string, number> = { trigger: 1, action: 4, search: 9, instant_trigger: 10, universal: 12 };

const text = z.string().nullish();
/** A thing of an app's, or the app. Lists leave out what only the single thing tells, such as a module's connection. */
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

/** A component's code as it is sent; `common` is plain JSON, and all else may hold comments on Make. */
export type Code = { section: string; text: string };

/** The sections, by the keys that the manifest has for a component's code. */
const sections: Record<string, string> = {
  communication: 'api',
  params: 'parameters',
  staticParams: 'parameters',
  mappableParams: 'expect',
};

/** All of a component's code. */
export const codesOf = ({ codes }: Component): Code[] =>
  Object.entries(codes).map(([key, [, content]]) => ({ section: sections[key] ?? key, text: codeText(content) }));

/** What a webhook of ours may be without (format.ts): Make fills some of a new one's with examples. */
const OPTIONAL_SECTIONS = ['attach', 'detach', 'update'];

/** What empties the sections that Make still has, and the webhook no longer. */
export const formerCodesOf = ({ codes }: Component, has: Sums): Code[] =>
  OPTIONAL_SECTIONS.filter(
    (section) => !(section in codes) && sumsOf(has, section).some((sum) => !EMPTY_SUMS.includes(sum)),
  ).map((section) => ({ section, text: '{}' }));

// Every key is needed: a missing one would read as “nothing is there”, and all of it would be made again.
const sums = z.array(z.object({ name: z.string(), checksum: z.record(z.string(), z.string().nullable()) }));
const byName = (all: z.infer<typeof sums>): Map<string, Sums> =>
  new Map(all.map(({ name, checksum }) => [name, checksum]));

/** Everything in an app, by kind and name, with the sums of its code. */
const checksumSchema = z
  .object({ app: sums, accounts: sums, hooks: sums, modules: sums, rpcs: sums })
  .transform(({ app, accounts, hooks, modules, rpcs }) => ({
    app: Object.fromEntries(app.flatMap(({ checksum }) => Object.entries(checksum))),
    connection: byName(accounts),
    rpc: byName(rpcs),
    webhook: byName(hooks),
    module: byName(modules),
  }));
export type Checksum = z.infer<typeof checksumSchema>;

/** What Make answered, as the schema reads it. Throws a {@link DeployError}. */
const known = async <Answer>(schema: z.ZodType<Answer>, what: string, answer: Promise<unknown>): Promise<Answer> => {
  const { data, error } = schema.safeParse(await answer);
  if (error === undefined) return data;
  throw new DeployError(
    `Make told ${what} as something that is not its usual data; its API may have changed. Compare with make/deploy/api.ts:\n${z.prettifyError(error)}`,
  );
};

const wrappers: Record<Kind, string> = {
  connection: 'appConnection',
  rpc: 'appRpc',
  webhook: 'appWebhook',
  module: 'appModule',
};
const wrapped = <Inner>(key: string, inner: z.ZodType<Inner>): z.ZodType<Inner> =>
  z
    .record(z.string(), z.unknown())
    .transform((answer) => answer[key])
    .pipe(inner);

// Make's own SDK reads a missing list of RPCs as none.
const lists: Record<Kind, z.ZodType<Thing[]>> = {
  connection: z.array(thing),
  rpc: z.array(thing).default([]),
  webhook: z.array(thing),
  module: z.array(thing),
};
const commonSchema = z.record(z.string(), z.json());

/** What can be said of a new thing, or be changed of one. */
export type Fields = Record<string, string | number | null | undefined>;

/** The apps of an account. */
export const appsOf = ({ sdk: { apps } }: Make) => ({
  list: () => known(z.array(thing), 'the apps', apps.list()),
  create: (body: Parameters<typeof apps.create>[0]) => known(thing, 'the app', apps.create(body)),
});

/**
 * One app. Its components go by their paths: the SDK's own calls know no crud, webhook or altConnection of a module's, and
 * take an answer without a list for an empty one.
 */
export const appOn = (make: Make, app: string) => {
  const { apps, connections } = make.sdk;
  return {
    checksum: () => known(checksumSchema, 'the checksums', make.fetch(`/sdk/apps/${app}/${VERSION}/checksum`)),
    list: (kind: Kind) =>
      known(wrapped(`${wrappers[kind]}s`, lists[kind]), `the ${kind}s`, make.fetch(folderOf(app, kind))),
    get: (kind: Kind, name: string) =>
      known(wrapped(wrappers[kind], thing), `the ${kind} ${name}`, make.fetch(placeOf(app, kind, name))),
    create: (kind: Kind, body: Fields) =>
      known(
        wrapped(wrappers[kind], thing),
        `the new ${kind}`,
        make.fetch(folderOf(app, kind), { method: 'POST', body }),
      ),
    change: (kind: Kind, name: string, body: Fields) => make.fetch(placeOf(app, kind, name), { method: 'PATCH', body }),
    common: (connection: string) =>
      known(commonSchema, `the common data of ${connection}`, connections.getCommon(connection)),
    send: (kind: Kind, name: string, { section, text }: Code) =>
      section === 'common'
        ? connections.setCommon(name, commonSchema.parse(JSON.parse(text)))
        : make.fetch(`${placeOf(app, kind, name)}/${section}`, {
            method: 'PUT',
            headers: { 'content-type': 'application/jsonc' },
            body: text,
          }),
    sendBase: (text: string) => apps.setSection(app, VERSION, 'base', text),
    sendGroups: (text: string) => apps.setSection(app, VERSION, 'groups', text),
    sendReadme: (text: string) => apps.setDocs(app, VERSION, text),
    sendIcon: (png: Uint8Array) => apps.setIcon(app, VERSION, png),
  };
};
