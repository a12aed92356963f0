/**
 * Puts an app on Make (Make contract §1.4; §8, M11): creates what is missing, sends what is different, and leaves the
 * rest alone. Nothing is ever published or deleted.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Content, MakeApi } from './deploy-api.ts';
import { type Component, codeText, componentsOf } from './files.ts';
import type { App } from './format.ts';
import type { Origin } from './origins.ts';

/** What a deploy needs: where the app lies (null: nowhere yet), and how to keep what it learns. */
export type Deployment = {
  app: App;
  readme: string;
  /** The logo as PNG, where it is to be sent: Make tells no checksum of it, so it is not compared. */
  icon: Buffer | null;
  origin: Origin | null;
  newOrigin: (appId: string) => Origin;
  api: MakeApi;
  /** False: read and say what would be done. */
  apply: boolean;
  save: (origin: Origin) => void;
  say: (line: string) => void;
};

const named = z.looseObject({ name: z.string(), label: z.string().nullish() });
const wireApps = z.object({ apps: z.array(named) });
const wireApp = z.object({ app: named });
const wireConnections = z.object({ appConnections: z.array(named) });
const wireConnection = z.object({ appConnection: named });
const wireWebhooks = z.object({ appWebhooks: z.array(named) });
const wireWebhook = z.object({ appWebhook: named });

const checksums = z
  .array(z.object({ name: z.string(), checksum: z.record(z.string(), z.string().nullable()) }))
  .default([]);
const wireChecksum = z.object({
  app: checksums,
  accounts: checksums,
  hooks: checksums,
  modules: checksums,
  rpcs: checksums,
});
type Checksum = z.infer<typeof wireChecksum>;
type Known = Record<string, string | null>;

/** The API's sections, by the keys that the manifest has for a component's code. */
const sections: Record<string, string> = {
  communication: 'api',
  params: 'parameters',
  staticParams: 'parameters',
  mappableParams: 'expect',
};

const typeIds: Record<string, number> = { trigger: 1, action: 4, search: 9, instant_trigger: 10, universal: 12 };

const md5 = (content: string | Buffer): string => createHash('md5').update(content).digest('hex');
const json = (value: object): Content => ({ type: 'application/json', body: JSON.stringify(value) });
const jsonc = (text: string): Content => ({ type: 'application/jsonc', body: text });

const VERSION = 1;

/** Gives how many things were, or would be, changed, and the app's id on Make if it has one. Throws a `DeployError`. */
export const deploy = async ({
  app,
  readme,
  icon,
  origin: known,
  newOrigin,
  api,
  apply,
  save,
  say,
}: Deployment): Promise<{ changes: number; appId: string | null }> => {
  let changes = 0;
  const change = async (what: string, run: () => Promise<unknown>): Promise<void> => {
    changes += 1;
    say(`${apply ? '' : 'would '}${what}`);
    if (apply) await run();
  };
  const components = componentsOf(app);

  const origin = known ?? (await findOrMakeApp());
  if (origin === null) {
    for (const [kind, all] of Object.entries(components))
      for (const { id } of all) await change(`make the ${kind} ${id}`, async () => {});
    return { changes, appId: null };
  }
  const path = `/${origin.appId}/${VERSION}`;
  const sums = wireChecksum.parse(await api('GET', `${path}/checksum`));

  const knownOfApp: Known = Object.assign({}, ...sums.app.map(({ checksum }) => checksum));
  await send(path, 'the app', knownOfApp, [
    ['base', jsonc(codeText(app.base))],
    ['groups', { type: 'application/json', body: codeText(app.groups) }],
    ['readme', { type: 'text/markdown', body: readme }],
  ]);
  if (icon !== null) {
    await change('send the icon', () => api('PUT', `${path}/icon`, { type: 'image/png', body: icon }));
  }
  for (const connection of components.connection) await place('connection', connection);
  for (const webhook of components.webhook) await place('webhook', webhook);
  for (const rpc of components.rpc) await placeNamed('rpc', rpc, sums.rpcs);
  for (const module of components.module) await placeNamed('module', module, sums.modules);

  for (const [kind, remote, local] of [
    ['connection', sums.accounts, origin.idMapping.connection.map((one) => one.remote)],
    ['webhook', sums.hooks, origin.idMapping.webhook.map((one) => one.remote)],
    ['module', sums.modules, components.module.map(({ id }) => id)],
    ['rpc', sums.rpcs, components.rpc.map(({ id }) => id)],
  ] as const) {
    for (const { name } of remote)
      if (!local.includes(name)) say(`left alone: the ${kind} ${name}, which is only on Make`);
  }
  return { changes, appId: origin.appId };

  async function findOrMakeApp(): Promise<Origin | null> {
    const { apps } = wireApps.parse(await api('GET', ''));
    const found = apps.find(({ label }) => label === app.label);
    if (found !== undefined) {
      say(`found the app ${found.name} by its label`);
      const adopted = newOrigin(found.name);
      if (apply) save(adopted);
      return adopted;
    }
    let made: Origin | null = null;
    await change(`make the app ${app.label}`, async () => {
      const body = {
        name: app.target,
        label: app.label,
        description: app.label,
        theme: '#4f46e5',
        language: 'en',
        private: true,
        audience: 'global',
        countries: [],
      };
      made = newOrigin(wireApp.parse(await api('POST', '', json(body))).app.name);
      save(made);
    });
    return made;
  }

  /** Sends the sections whose checksum is another, two at a time. */
  async function send(
    below: string,
    what: string,
    has: Known,
    codes: [section: string, content: Content][],
  ): Promise<void> {
    const different = codes.filter(([section, { body }]) => has[section] !== md5(body));
    for (let at = 0; at < different.length; at += 2) {
      await Promise.all(
        different
          .slice(at, at + 2)
          .map(([section, content]) =>
            change(`send ${section} of ${what}`, () => api('PUT', `${below}/${section}`, content)),
          ),
      );
    }
  }

  function codesOf({ codes }: Component): [string, Content][] {
    return Object.entries(codes).map(([key, [, content]]) => {
      const section = sections[key] ?? key;
      const text = codeText(content);
      return [section, section === 'common' ? { type: 'application/json', body: text } : jsonc(text)];
    });
  }

  function remoteOf(kind: 'connection' | 'webhook', id: unknown): string | null {
    return origin?.idMapping[kind].find(({ local }) => local === id)?.remote ?? null;
  }

  /** Connections and webhooks get their names from Make, so each is noted before anything else happens. */
  async function place(kind: 'connection' | 'webhook', component: Component): Promise<void> {
    if (origin === null) return;
    const { id, metadata } = component;
    const isConnection = kind === 'connection';
    if (remoteOf(kind, id) === null) {
      const listed = await api('GET', `/${origin.appId}/${kind}s`);
      const all = isConnection ? wireConnections.parse(listed).appConnections : wireWebhooks.parse(listed).appWebhooks;
      const taken = origin.idMapping[kind].map(({ remote }) => remote);
      const found = all.find(({ name, label }) => label === metadata.label && !taken.includes(name));
      const note = (remote: string): void => {
        origin.idMapping[kind].push({ local: id, remote });
        save(origin);
      };
      if (found !== undefined) {
        say(`found the ${kind} ${id} by its label`);
        if (apply) note(found.name);
        else origin.idMapping[kind].push({ local: id, remote: found.name });
      } else {
        await change(`make the ${kind} ${id}`, async () => {
          const body = isConnection
            ? { type: metadata.connectionType, label: metadata.label }
            : {
                type: metadata.webhookType,
                label: metadata.label,
                connection: remoteOf('connection', metadata.connection),
              };
          const made = await api('POST', `/${origin.appId}/${kind}s`, json(body));
          note(isConnection ? wireConnection.parse(made).appConnection.name : wireWebhook.parse(made).appWebhook.name);
        });
      }
    }
    const remote = remoteOf(kind, id);
    const has = (isConnection ? sums.accounts : sums.hooks).find(({ name }) => name === remote)?.checksum ?? {};
    await send(`/${kind}s/${remote}`, `the ${kind} ${id}`, has, codesOf(component));
  }

  /** Modules and RPCs keep our names. */
  async function placeNamed(kind: 'module' | 'rpc', component: Component, there: Checksum['modules']): Promise<void> {
    const { id, metadata } = component;
    const has = there.find(({ name }) => name === id)?.checksum;
    const { label, description, moduleType } = metadata;
    const connection = remoteOf('connection', metadata.connection);
    if (has === undefined) {
      const rpc = { name: id, label, connection, altConnection: null };
      const module = {
        ...rpc,
        typeId: typeIds[String(moduleType)],
        description,
        crud: metadata.actionCrud ?? null,
        webhook: remoteOf('webhook', metadata.webhook),
        moduleInitMode: 'blank',
        ...(moduleType === 'universal' ? { subtype: 'Universal' } : {}),
      };
      await change(`make the ${kind} ${id}`, () =>
        api('POST', `${path}/${kind}s`, json(kind === 'rpc' ? rpc : module)),
      );
    } else if (
      has.label !== md5(String(label)) ||
      (kind === 'module' && has.description !== md5(String(description)))
    ) {
      await change(`rename the ${kind} ${id}`, () =>
        api('PATCH', `${path}/${kind}s/${id}`, json({ label, ...(kind === 'module' ? { description } : {}) })),
      );
    }
    await send(`${path}/${kind}s/${id}`, `the ${kind} ${id}`, has ?? {}, codesOf(component));
  }
};
