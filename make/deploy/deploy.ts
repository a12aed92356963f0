/**
 * Puts an app on Make (M5): creates what is missing, sends what is different, and leaves the
 * rest alone. Nothing is ever published or deleted.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Make } from '@makehq/sdk';
import { type Component, codeText, componentsOf, readmeOf } from '../build/files.ts';
import { type App, targetOf } from '../language/format.ts';
import { newOrigin, type Origin } from '../origins/origins.ts';
import {
  appOn,
  appsOf,
  type Checksum,
  type Code,
  codesOf,
  type Fields,
  formerCodesOf,
  isNamedByMake,
  type Kind,
  kinds,
  md5,
  type Sums,
  sumsOf,
  type Thing,
  typeIds,
} from './api.ts';
import { DeployError } from './client.ts';

/** What a deploy needs: where the app lies (null: nowhere yet), and how to keep what it learns. */
type Deployment = {
  app: App;
  /** The logo as PNG, where it is to be sent: Make tells no checksum of it, so it is not compared. */
  icon: Buffer | null;
  origin: Origin | null;
  /** True: where it lies nowhere yet, it is made, though one is there by its name and label. */
  isNew: boolean;
  /** Make's API, where it lies or is to lie. */
  baseUrl: string;
  /** Called before an app is made, which may be there although no answer comes. */
  beforeMaking: () => void;
  make: Make;
  /** False: read and say what would be done. */
  apply: boolean;
  save: (origin: Origin) => void;
  say: (line: string) => void;
};

/** A deployment to an app that is there, and what Make told of it. */
type Site = Omit<Deployment, 'make'> & {
  origin: Origin;
  on: ReturnType<typeof appOn>;
  /** Counts and tells one thing to do, and does it when changes are to be applied. */
  change: Change;
  sums: Checksum;
  lists: Record<Kind, Thing[]>;
  /** What this run makes. */
  made: Set<Component>;
};
type Change = (what: string, run: () => Promise<unknown>) => Promise<void>;

/** Gives how many things were, or would be, changed, and the app's id on Make if it has one. Throws a `DeployError` or a `MakeError`. */
export const deploy = async (deployment: Deployment): Promise<{ changes: number; appId: string | null }> => {
  const { app, make, apply, say } = deployment;
  let changes = 0;
  const change: Change = async (what, run) => {
    changes += 1;
    say(`${apply ? '' : 'would '}${what}`);
    if (apply) await run();
  };
  const components = componentsOf(app);
  const inOrder = kinds.flatMap((kind) => components[kind].map((component) => ({ kind, component })));

  const origin = deployment.origin ?? (await findOrMakeApp(deployment, change));
  if (origin === null) {
    for (const { kind, component } of inOrder) await change(`make the ${kind} ${component.id}`, async () => {});
    return { changes, appId: null };
  }
  const on = appOn(make, origin.appId);
  const site: Site = {
    ...deployment,
    origin,
    on,
    change,
    sums: await on.checksum(),
    lists: {
      connection: await on.list('connection'),
      rpc: await on.list('rpc'),
      webhook: await on.list('webhook'),
      module: await on.list('module'),
    },
    made: new Set(),
  };
  refuseOtherKinds(components.module, site.lists.module);
  for (const { kind, component } of inOrder) await place(site, kind, component);
  // Make fills what is new with examples.
  if (apply && site.made.size > 0) site.sums = await on.checksum();
  for (const { kind, component } of inOrder) await bringUpToDate(site, kind, component);
  await sendApp(site);
  for (const { kind, name } of onlyOnMake(site)) say(`left alone: the ${kind} ${name}, which is only on Make`);
  return { changes, appId: origin.appId };
};

const remoteOf = (origin: Origin, kind: Kind, id: unknown): string | null =>
  isNamedByMake(kind) ? (origin.idMapping[kind].find(({ local }) => local === id)?.remote ?? null) : String(id);

const isOurs = ({ target, label }: App, one: Thing): boolean => one.label === label && targetOf(one.name) === target;

const findOrMakeApp = async (
  { app, baseUrl, make, isNew, apply, beforeMaking, save, say }: Deployment,
  change: Change,
): Promise<Origin | null> => {
  const { list, create } = appsOf(make);
  const apps = await list();
  const found = isNew ? undefined : apps.find((one) => isOurs(app, one));
  if (found !== undefined) {
    say(`found the app ${found.name} by its name and label`);
    const origin = newOrigin(baseUrl, found.name);
    if (apply) save(origin);
    return origin;
  }
  for (const { name, label } of apps)
    if (label === app.label)
      say(`left alone: the app ${name}, which is called ${label} too; if it is this one, name it with --app ${name}`);
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
    beforeMaking();
    made = newOrigin(baseUrl, (await create(body)).name);
    save(made);
  });
  return made;
};

const kindWords = (typeId: unknown): string =>
  Object.keys(typeIds).find((kind) => typeIds[kind] === typeId) ?? `kind ${typeId}`;

/** Make has no way to change what a module is. Throws a `DeployError`. */
const refuseOtherKinds = (modules: Component[], there: Thing[]): void => {
  const others = modules.flatMap(({ id, metadata: { moduleType } }) => {
    const typeId = there.find(({ name }) => name === id)?.typeId ?? null;
    return typeId === null || typeId === typeIds[String(moduleType)]
      ? []
      : [`${id} (${kindWords(typeId)} on Make, ${moduleType} here)`];
  });
  if (others.length === 0) return;
  throw new DeployError(
    `Make can't change what a module is: ${others.join(', ')}. Nothing was sent. Remove it by hand on Make, in the app's modules, and run this again: it is made anew.`,
  );
};

/** What can be changed of a component later, as Make has it. */
const metadataOf = (origin: Origin, kind: Kind, { metadata }: Component): Fields => {
  const { label = null, description = null, moduleType, actionCrud = null } = metadata;
  if (kind === 'connection') return { label };
  const common = { label, connection: remoteOf(origin, 'connection', metadata.connection) };
  if (kind !== 'module') return common;
  return {
    ...common,
    description,
    ...(moduleType === 'action' ? { crud: actionCrud } : {}),
    ...(moduleType === 'instant_trigger' ? { webhook: remoteOf(origin, 'webhook', metadata.webhook) } : {}),
  };
};

const newThing = (origin: Origin, kind: Kind, component: Component): Fields => {
  const { id, metadata } = component;
  const changeable = metadataOf(origin, kind, component);
  switch (kind) {
    case 'connection':
      return { type: metadata.connectionType, ...changeable };
    case 'webhook':
      return { type: metadata.webhookType, ...changeable };
    case 'rpc':
      return { name: id, altConnection: null, ...changeable };
    case 'module':
      return {
        name: id,
        typeId: typeIds[String(metadata.moduleType)],
        altConnection: null,
        crud: null,
        webhook: null,
        moduleInitMode: 'blank',
        ...(metadata.moduleType === 'universal' ? { subtype: 'Universal' } : {}),
        ...changeable,
      };
  }
};

/**
 * Makes a component where it is missing. Connections and webhooks get their names from Make, so each is noted before
 * anything else happens; one that was made by a run that ended before that is found by its label.
 */
const place = async (site: Site, kind: Kind, component: Component): Promise<void> => {
  const { origin, on, sums, apply, change } = site;
  const remote = remoteOf(origin, kind, component.id);
  if (remote !== null && sums[kind].has(remote)) return note(site, kind, component.id, remote);
  if (isNamedByMake(kind) && adopt(site, kind, component, remote)) return;
  site.made.add(component);
  await change(`make the ${kind} ${component.id}`, async () => {
    const { name } = await on.create(kind, newThing(origin, kind, component));
    return note(site, kind, component.id, name);
  });
  if (!apply && isNamedByMake(kind)) note(site, kind, component.id, '(new)');
};

const adopt = (
  site: Site,
  kind: 'connection' | 'webhook',
  { id, metadata }: Component,
  gone: string | null,
): boolean => {
  const { origin, lists, apply, say } = site;
  if (gone !== null) {
    say(`${apply ? 'forgot' : 'would forget'} the ${kind} ${id}: ${gone} is no longer on Make`);
    origin.idMapping[kind] = origin.idMapping[kind].filter(({ local }) => local !== id);
  }
  const taken = origin.idMapping[kind].map(({ remote }) => remote);
  const found = lists[kind].find(({ name, label }) => label === metadata.label && !taken.includes(name));
  if (found === undefined) return false;
  say(`found the ${kind} ${id} by its label`);
  note(site, kind, id, found.name);
  return true;
};

/** Make's extension takes what is not noted for something that is only here. */
const note = ({ origin, apply, save }: Site, kind: Kind, local: string, remote: string): void => {
  if (origin.idMapping[kind].some((one) => one.local === local && one.remote === remote)) return;
  origin.idMapping[kind].push({ local, remote });
  if (apply) save(origin);
};

const bringUpToDate = async (site: Site, kind: Kind, component: Component): Promise<void> => {
  const { apply, made, sums } = site;
  const isNew = made.has(component);
  const remote = remoteOf(site.origin, kind, component.id);
  // Without --apply the code of what is new is not told piece by piece.
  if (remote === null || (isNew && !apply)) return;
  if (!isNew) await changeMetadata(site, kind, component, remote);
  const has = sums[kind].get(remote) ?? {};
  const codes = [...codesOf(component), ...(kind === 'webhook' ? formerCodesOf(component, has) : [])];
  const different: Sending[] = [];
  for (const code of codes) {
    if (await isThere(site, remote, has, code)) continue;
    different.push({ section: code.section, run: () => site.on.send(kind, remote, code) });
  }
  await send(site, `the ${kind} ${component.id}`, different);
};

/** Changes what Make has otherwise. Where a list leaves something out, the single thing is asked for. */
const changeMetadata = async (site: Site, kind: Kind, component: Component, remote: string): Promise<void> => {
  const { origin, on, change, lists } = site;
  const wanted = Object.entries(metadataOf(origin, kind, component));
  const listed = lists[kind].find(({ name }) => name === remote);
  const told =
    listed !== undefined && wanted.every(([key]) => listed[key] !== undefined) ? listed : await on.get(kind, remote);
  const different = wanted.filter(([key, value]) => (told[key] ?? null) !== value);
  if (different.length === 0) return;
  const keys = different.map(([key]) => key).join(' and ');
  await change(`change ${keys} of the ${kind} ${component.id}`, () =>
    on.change(kind, remote, Object.fromEntries(different)),
  );
};

const hasSum = (has: Sums, { section, text }: Code): boolean => sumsOf(has, section).includes(md5(text));

/** Make writes a connection's common in its own way, so that its sum is never ours. */
const isThere = async ({ on }: Site, remote: string, has: Sums, code: Code): Promise<boolean> =>
  hasSum(has, code) ||
  (code.section === 'common' &&
    sumsOf(has, code.section).length > 0 &&
    isDeepStrictEqual(await on.common(remote), JSON.parse(code.text)));

type Sending = { section: string; run: () => Promise<unknown> };

/** Sends what is different, two at a time; both are waited for before a failure of one counts. */
const send = async ({ change }: Site, what: string, different: Sending[]): Promise<void> => {
  for (let at = 0; at < different.length; at += 2) {
    const outcomes = await Promise.allSettled(
      different.slice(at, at + 2).map(({ section, run }) => change(`send ${section} of ${what}`, run)),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }
};

/** The app's own code comes last: its groups name modules. */
const sendApp = async (site: Site): Promise<void> => {
  const { app, icon, on, change, sums } = site;
  const codes = [
    { section: 'base', text: codeText(app.base), run: on.sendBase },
    { section: 'groups', text: codeText(app.groups), run: on.sendGroups },
    { section: 'readme', text: readmeOf(app), run: on.sendReadme },
  ];
  const different = codes.filter((code) => !hasSum(sums.app, code));
  await send(
    site,
    'the app',
    different.map(({ section, text, run }) => ({ section, run: () => run(text) })),
  );
  if (icon !== null) await change('send the icon', () => on.sendIcon(icon));
};

const onlyOnMake = ({ app, origin, sums }: Site): { kind: Kind; name: string }[] => {
  const components = componentsOf(app);
  return kinds.flatMap((kind) => {
    const ours = components[kind].map(({ id }) => remoteOf(origin, kind, id));
    return [...sums[kind].keys()].filter((name) => !ours.includes(name)).map((name) => ({ kind, name }));
  });
};
