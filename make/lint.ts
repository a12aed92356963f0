/**
 * What Make asks of an app before its review, and what its schemas leave open (Make contract §1.1, §1.3, §4.2), checked
 * over a built app's files. `npm run make:lint` runs it over both.
 */
import * as z from 'zod';

type Json = z.infer<ReturnType<typeof z.json>>;

/** A finding: where, and what is wrong there. */
export type Finding = { check: string; path: string; message: string };

const component = z.looseObject({
  codeFiles: z.record(z.string(), z.string()),
  label: z.string().default(''),
  description: z.string().optional(),
  moduleType: z.string().optional(),
  connection: z.string().nullish(),
  webhook: z.string().optional(),
});
type Component = z.infer<typeof component>;
const manifestSchema = z.object({
  generalCodeFiles: z.record(z.string(), z.string().nullable()),
  components: z.record(z.string(), z.record(z.string(), component)),
});

const KINDS = ['connection', 'endpoint', 'function', 'module', 'rpc', 'webhook'];
const MODULE_ID = /^[a-zA-Z][0-9a-zA-Z]{2,47}$/;
const OTHER_ID = /^[a-zA-Z][0-9a-zA-Z-]{1,33}[0-9a-zA-Z]$/;
/** Words that keep their capitals inside a label. */
const NAMES = /\b(API|ID|URL|Koji|Amplitude)\b/g;
/** Make's help does not begin with one (Make contract §4.2). */
const VERB = /^(Add|Choose|Copy|Enter|Fill|Leave|Map|Paste|Put|Select|Set|Type|Use)\b/;

/** One capital, at the beginning. */
const isSentenceCase = (label: string): boolean => {
  const rest = label.replace(NAMES, '').slice(1);
  return /^[A-Z]/.test(label) && rest === rest.toLowerCase();
};
const DESCRIPTION = /^(Triggers when|Creates|Returns|Performs|Registers)\b.*\.$/;

const field = z.looseObject({
  name: z.string().optional(),
  type: z.string().optional(),
  help: z.string().optional(),
  label: z.string().optional(),
  required: z.boolean().optional(),
  advanced: z.boolean().optional(),
  default: z.json().optional(),
  spec: z.json().optional(),
});
const fields = z.array(field);

/** Every object in a value, with the keys that lead to it. */
const objectsIn = (value: Json | undefined, path: string): [path: string, object: { [key: string]: Json }][] => {
  if (Array.isArray(value)) return value.flatMap((inner, index) => objectsIn(inner, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return [[path, value], ...Object.entries(value).flatMap(([key, inner]) => objectsIn(inner, `${path}.${key}`))];
};

const stringsIn = (value: Json | undefined): string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
};

/** All findings over an app's files, by path; none when there is nothing to mend. */
export const lint = (files: Map<string, string>): Finding[] => {
  const findings: Finding[] = [];
  const find = (check: string, path: string, message: string): void => {
    findings.push({ check, path, message });
  };
  const json = (path: string): Json => z.json().parse(JSON.parse(files.get(path) ?? 'null'));
  const { components, generalCodeFiles } = manifestSchema.parse(json('makecomapp.json'));
  const of = (kind: string): [string, Component][] => Object.entries(components[kind] ?? {});

  for (const kind of KINDS)
    if (components[kind] === undefined) find('components', 'makecomapp.json', `${kind} is missing.`);

  for (const kind of Object.keys(components)) {
    for (const [id, one] of of(kind)) {
      const allowed = kind === 'module' || kind === 'rpc' ? MODULE_ID : OTHER_ID;
      if (!allowed.test(id)) find('ids', id, 'Make does not take this id.');
      for (const path of Object.values(one.codeFiles))
        if (!files.has(path)) find('files', path, 'The file is missing.');
      for (const [key, where] of [
        ['connection', 'connection'],
        ['webhook', 'webhook'],
      ] as const) {
        const name = one[key];
        if (name && components[where]?.[name] === undefined) find('references', id, `There is no ${where} ${name}.`);
      }
    }
  }
  for (const [path, content] of files) {
    if (!path.endsWith('.json')) continue;
    for (const text of stringsIn(z.json().parse(JSON.parse(content)))) {
      const name = /^rpc:\/\/([^?]+)/.exec(text)?.[1];
      if (name !== undefined && components.rpc?.[name] === undefined)
        find('references', path, `There is no RPC ${name}.`);
    }
    for (const [place, object] of objectsIn(z.json().parse(JSON.parse(content)), path)) {
      if (!place.endsWith('.response.error') && !/\.response\.error\.\d+$/.test(place)) continue;
      if (typeof object.message !== 'string') find('errors', place, 'An error without a message.');
      for (const key of Object.keys(object)) {
        if (/^\d/.test(key) && !/^\d{3}$/.test(key)) find('errors', place, `Make knows no range such as ${key}.`);
      }
      if (place.endsWith('error') && !String(object.message).startsWith('[{{statusCode}}]')) {
        find('errors', place, 'The text must begin with the status in brackets.');
      }
    }
    for (const [place, object] of objectsIn(z.json().parse(JSON.parse(content)), path)) {
      if (place.endsWith('.response') && 'condition' in object)
        find('condition', place, 'condition stands beside response.');
    }
  }

  const basePath = generalCodeFiles.base ?? '';
  const needsCare: [string, Json][] = [
    [basePath, json(basePath)],
    ...of('connection').map(([, one]): [string, Json] => {
      const path = one.codeFiles.communication ?? '';
      return [path, json(path)];
    }),
  ];
  for (const [path, code] of needsCare) {
    const objects = objectsIn(code, '');
    if (!objects.some(([place]) => place.endsWith('.log'))) find('sanitize', path, 'log.sanitize is missing.');
    if (!objects.some(([place]) => place.endsWith('.response.error')))
      find('errors', path, 'Error handling is missing.');
  }
  for (const [id, one] of of('connection')) {
    for (const { name, type } of fields.parse(json(one.codeFiles.params ?? ''))) {
      if (/key|secret/.test(name ?? '') && type !== 'password') find('secrets', id, `${name} must be a password.`);
    }
  }

  for (const [id, one] of of('module')) {
    if (!isSentenceCase(one.label)) find('labels', id, `“${one.label}” is not in sentence case.`);
    if (!DESCRIPTION.test(one.description ?? '')) find('descriptions', id, 'The description is not in Make’s pattern.');
    const forms = ['staticParams', 'mappableParams'].flatMap((key) => {
      const path = one.codeFiles[key];
      return path === undefined ? [] : fields.parse(json(path));
    });
    if (one.moduleType === 'search' || one.moduleType === 'trigger') {
      const last = forms.at(-1);
      const isRight =
        last?.name === 'limit' && last.type === 'uinteger' && last.default === 10 && !last.required && !last.advanced;
      if (!isRight) find('limit', id, 'The last field must be limit: an unsigned integer, 10 by default.');
    }
    const dated = fields
      .parse(json(one.codeFiles.interface ?? ''))
      .filter(({ name }) => /(_at|_time)$/.test(name ?? ''));
    for (const { name, type } of dated) if (type !== 'date') find('dates', id, `${name} must be a date.`);
    const samples = z.record(z.string(), z.json()).parse(json(one.codeFiles.samples ?? ''));
    const known = fields.parse(json(one.codeFiles.interface ?? '')).map(({ name }) => name);
    for (const key of Object.keys(samples))
      if (!known.includes(key)) find('samples', id, `${key} is not in the interface.`);
  }

  for (const [path, content] of files) {
    if (!/\.(params|static-params|mappable-params|interface)\.iml\.json$/.test(path)) continue;
    for (const [, object] of objectsIn(z.json().parse(JSON.parse(content)), path)) {
      const { label, help } = field.parse(object);
      if (label !== undefined && object.name !== undefined && !isSentenceCase(label)) {
        find('labels', path, `“${label}” is not in sentence case.`);
      }
      if (help !== undefined && !/[.!?]$/.test(help)) find('help', path, `“${help}” ends without a period.`);
      if (help !== undefined && VERB.test(help)) find('help', path, `“${help}” begins with a verb.`);
    }
  }

  const groups = z
    .array(z.object({ label: z.string(), modules: z.array(z.string()) }))
    .parse(json(generalCodeFiles.groups ?? ''));
  const grouped = groups.flatMap(({ modules }) => modules);
  for (const [id] of of('module')) {
    const times = grouped.filter((one) => one === id).length;
    if (times !== 1) find('groups', id, `The module is in ${times} groups.`);
  }
  for (const id of grouped) if (components.module?.[id] === undefined) find('groups', id, 'There is no such module.');
  if (groups[0]?.label !== 'Triggers' || groups.at(-1)?.label !== 'Other')
    find('groups', 'groups', 'Triggers come first, Other last.');

  const universal = of('module').filter(([, one]) => one.moduleType === 'universal');
  if (universal.length !== 1 || universal[0]?.[1].label !== 'Make an API call') {
    find('universal', 'makecomapp.json', 'One module must be Make an API call.');
  }
  return findings;
};
