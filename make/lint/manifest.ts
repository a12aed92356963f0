/** The manifest, and the files and components that it names. */
import * as z from 'zod';
import { type BuiltApp, type Component, MANIFEST, shapes, valuesIn } from '../build/built.ts';
import { type Check, type Rule, when } from './check.ts';

/** Those that every version of its schema asks for; endpoint came later. */
const KINDS = ['connection', 'function', 'module', 'rpc', 'webhook'];

const kinds: Check = ({ manifest }) =>
  KINDS.flatMap((kind) =>
    when(manifest.components[kind] === undefined, `${MANIFEST}#/components`, `${kind} is missing.`),
  );

const generalCode: Check = ({ manifest: { generalCodeFiles } }) => [
  ...['base', 'common', 'groups', 'readme'].flatMap((key) =>
    when(generalCodeFiles[key] === undefined, `${MANIFEST}#/generalCodeFiles`, `${key} is missing.`),
  ),
  // null is left out of a deploy. Only common may be, because it can hold secrets.
  ...['base', 'groups', 'readme'].flatMap((key) =>
    when(generalCodeFiles[key] === null, `${MANIFEST}#/generalCodeFiles`, `${key} must name a file.`),
  ),
];

const MODULE_TYPES = ['trigger', 'action', 'search', 'instant_trigger', 'responder', 'universal'];

/** What Make needs to create a component, although its schema does not say so. */
const neededFor = ({ kind, connectionType, webhookType, moduleType, webhook, codeFiles }: Component): string[] => {
  const of = (one: string | undefined, known: string[]): boolean => known.includes(one ?? '');
  const needs: [isMet: boolean, need: string][] = [
    [kind !== 'connection' || of(connectionType, ['basic', 'oauth']), 'connectionType must be basic or oauth.'],
    [kind !== 'webhook' || of(webhookType, ['web', 'web-shared']), 'webhookType must be web or web-shared.'],
    [kind !== 'module' || of(moduleType, MODULE_TYPES), `moduleType must be one of ${MODULE_TYPES.join(', ')}.`],
    [moduleType !== 'instant_trigger' || Boolean(webhook), 'An instant trigger must name its webhook.'],
    [moduleType !== 'trigger' || Boolean(codeFiles.epoch), 'A polling trigger must have an epoch.'],
  ];
  return needs.filter(([isMet]) => !isMet).map(([, need]) => need);
};

const metadata: Check = ({ components }) =>
  components.flatMap((component) => neededFor(component).map((message) => ({ path: component.place, message })));

const originSchema = z.looseObject({
  apikeyFile: z.string('apikeyFile is missing.'),
  appId: z.string('appId is missing.').regex(/^[a-z][0-9a-z-]+[0-9a-z]$/, 'appId is not an ID of Make’s.'),
  appVersion: z.number('appVersion is missing.'),
  baseUrl: z.string('baseUrl is missing.').regex(/^https:\/\/(.*)\/api$/, 'baseUrl must be https://…/api.'),
});

const origins: Check = ({ manifest }) =>
  manifest.origins.flatMap((origin, index) =>
    (originSchema.safeParse(origin).error?.issues ?? []).map(({ message }) => ({
      path: `${MANIFEST}#/origins/${index}`,
      message,
    })),
  );

/** At most 48 characters for modules and RPCs, fewer than Make takes. */
const IDS: Record<string, RegExp> = {
  connection: /^[a-zA-Z][0-9a-zA-Z-]{1,33}[0-9a-zA-Z]$/,
  function: /^[a-zA-Z][0-9a-zA-Z]{2,95}$/,
  module: /^[a-zA-Z][0-9a-zA-Z]{2,47}$/,
  rpc: /^[a-zA-Z][0-9a-zA-Z]{2,47}$/,
  webhook: /^[a-zA-Z][0-9a-zA-Z-]{1,33}[0-9a-zA-Z]$/,
};

const ids: Check = ({ components }) =>
  components.flatMap(({ kind, id, place }) => when(IDS[kind]?.test(id) === false, place, `Make does not take ${id}.`));

/** Every code that the manifest names: its key, and the path of its file. */
const codesOf = ({ manifest, components }: BuiltApp): [key: string, path: string][] =>
  [manifest.generalCodeFiles, ...components.map(({ codeFiles }) => codeFiles)]
    .flatMap((all) => Object.entries(all))
    .flatMap(([key, path]): [string, string][] => (path === null ? [] : [[key, path]]));

const files: Check = (app) =>
  codesOf(app).flatMap(([, path]) => when(!app.files.has(path), path, 'The file is missing.'));

/** What is not of its shape, no other check sees. */
const codes: Check = (app) =>
  codesOf(app)
    .filter(([, path]) => app.files.has(path) && path.endsWith('.json'))
    .flatMap(([key, path]) => {
      const json = app.json.get(path);
      if (json === undefined) return [{ path, message: 'It is not JSON.' }];
      return when(
        shapes[key]?.safeParse(json).success === false,
        path,
        'See npm run make:check: this is not its form.',
      );
    });

const references: Check = (app) => {
  const has = (kind: string, id: string): boolean => app.manifest.components[kind]?.[id] !== undefined;
  const named = app.components.flatMap(({ connection, altConnection, webhook, place }): [string, string, string][] => [
    ['connection', connection ?? '', place],
    ['connection', altConnection ?? '', place],
    ['webhook', webhook ?? '', place],
  ]);
  const rpcs = [...app.json].flatMap(([path, json]) =>
    valuesIn(json, `${path}#`).flatMap(([place, text]): [string, string, string][] => [
      ['rpc', typeof text === 'string' ? (/^rpc:\/\/([^?]+)/.exec(text)?.[1] ?? '') : '', place],
    ]),
  );
  return [...named, ...rpcs].flatMap(([kind, id, place]) =>
    when(id !== '' && !has(kind, id), place, `There is no ${kind} ${id}.`),
  );
};

/** Every rule of this kind. */
export const manifestRules: Rule[] = [
  ['kinds', 'the manifest has the kinds of components that Make asks for (M2)', kinds],
  ['general', 'the manifest has all four general codes (M2)', generalCode],
  ['metadata', 'components have what Make needs to create them (M2, M3)', metadata],
  ['origins', 'origins are an app of Make’s at an API of Make’s (M2)', origins],
  ['ids', 'ids are as Make takes them (M2)', ids],
  ['files', 'every file that the manifest names is there (M3)', files],
  ['codes', 'every file is what its name says (M4)', codes],
  ['references', 'connections, webhooks and RPCs that are named are there (M2)', references],
];
