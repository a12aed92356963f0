/**
 * `npm run make:check`: validates the built apps, as they lie in make/app, against Make's own JSON schemas. These are not
 * part of this repository: MAKE_APPS_SDK_DIR names a checkout of github.com/integromat/vscode-apps-sdk, or a folder with
 * its schemas.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import { commandLine } from '../../scripts/command-line.ts';
import { apps } from './apps.ts';
import { folderOf, readBuilt } from './built.ts';

commandLine({
  called: 'npm run make:check',
  does: 'Checks both apps in make/app against Make’s own JSON schemas, which lie where MAKE_APPS_SDK_DIR says.',
  takes: z.object({}),
});

/** Which schema covers a file, by the ending of its name: the editor's own mapping and what it leaves out (M4). */
const schemaOf: [ending: RegExp, schema: string][] = [
  [/\.(params|static-params|mappable-params|interface)\.iml\.json$/, 'parameters.json'],
  [/\.(communication|attach|detach|update)\.iml\.json$/, 'api.json'],
  [/(^|\/)base\.iml\.json$/, 'base.json'],
  [/\.samples\.iml\.json$/, 'samples.json'],
  [/\.epoch\.iml\.json$/, 'epoch.json'],
  [/(^|\/)groups\.json$/, 'groups.json'],
  [/\.common\.json$/, 'common.json'],
  [/(^|\/)makecomapp\.json$/, 'makecomapp.schema.json'],
];

/** What those schemas refer to. */
const REFERRED_TO = ['response.json', 'enums.json', 'sources.json'];

/** Where the schemas lie, in a folder of their own or in a checkout. */
const places = ['.', 'syntaxes/imljson/schemas', 'syntaxes/local-development/schemas'];
const folder = process.env.MAKE_APPS_SDK_DIR ?? '';
const folders = places.map((place) => join(folder, place)).filter((place) => folder !== '' && existsSync(place));
const schemas = new Map(
  folders.flatMap((place) =>
    readdirSync(place)
      .filter((name) => schemaOf.some(([, schema]) => schema === name) || REFERRED_TO.includes(name))
      .map((name): [string, string] => [name, join(place, name)]),
  ),
);
const missing = schemaOf.map(([, name]) => name).filter((name) => !schemas.has(name));
if (missing.length > 0) {
  console.error(
    `MAKE_APPS_SDK_DIR${folder === '' ? ' is empty' : `, ${folder}, lacks ${missing.join(', ')}`}. Name a checkout of github.com/integromat/vscode-apps-sdk, or a folder with its JSON schemas.`,
  );
  process.exit(2);
}

const ajv = new Ajv({ strict: false, unicodeRegExp: false, allErrors: true, validateFormats: false, logger: false });
const schema = z.looseObject({ $id: z.string().optional(), $schema: z.string().optional() });
for (const [name, file] of schemas) {
  const { $id: _id, $schema: _dialect, ...rules } = schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  ajv.addSchema(rules, name);
}

/** What Make's schema for a file does not allow, each with its place in the file. */
const errorsIn = (path: string, content: string): string[] => {
  const [, name = ''] = schemaOf.find(([ending]) => ending.test(path)) ?? [];
  const validate = ajv.getSchema(name);
  if (validate === undefined) return [': no schema of Make’s covers this name'];
  const json = jsonOf(content);
  if (json === undefined) return [': not JSON'];
  validate(json);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
};

let checked = 0;
let wrong = 0;
for (const { target } of apps) {
  for (const [path, content] of readBuilt(folderOf(target))) {
    if (!path.endsWith('.json')) continue;
    checked += 1;
    const errors = errorsIn(path, content);
    wrong += errors.length === 0 ? 0 : 1;
    for (const error of errors) console.error(`${target}/${path}${error}`);
  }
}
process.stdout.write(`${checked} files, ${wrong} with errors\n`);
process.exitCode = wrong === 0 ? 0 : 1;
