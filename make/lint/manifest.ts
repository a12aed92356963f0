/**
 * The manifest, and the files and components that it names. What its types and the build of it make impossible
 * (make/language/format.ts, make/build/files.ts) is not asked for.
 */
import * as z from 'zod';
import { type BuiltApp, MANIFEST, shapes, valuesIn } from '../build/built.ts';
import { type Check, type Rule, when } from './check.ts';

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

/** What is not of its shape, no other check sees. */
const codes: Check = (app) =>
  codesOf(app)
    .filter(([, path]) => path.endsWith('.json'))
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
  ['origins', 'origins are an app of Make’s at an API of Make’s (M2)', origins],
  ['ids', 'ids are as Make takes them (M2)', ids],
  ['codes', 'every file is what its name says (M4)', codes],
  ['references', 'connections, webhooks and RPCs that are named are there (M2)', references],
];
