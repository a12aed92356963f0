/**
 * What Make asks of an app before its review, what its schemas leave open, and what this app decided for itself (M2,
 * M4, M6, M11, M23, M25), checked over a built app's files. `npm run make:lint` runs it over both
 * apps. The rules are the table at the end.
 */
import * as z from 'zod';
import {
  allFields,
  type BuiltApp,
  builtApp,
  type Component,
  failuresOf,
  fieldsOf,
  groupsOf,
  MANIFEST,
  type Step,
  shapes,
  valuesIn,
} from '../build/built.ts';
import { errorTypes } from '../language/format.ts';

/** Where something is wrong, and what. */
export type Finding = { path: string; message: string };

/** Looks for one thing; finds nothing when there is nothing to mend. */
type Check = (app: BuiltApp) => Finding[];

const when = (isWrong: boolean, path: string, message: string): Finding[] => (isWrong ? [{ path, message }] : []);

const componentsOf = ({ components }: BuiltApp, kind: string): Component[] =>
  components.filter((component) => component.kind === kind);

const modulesOf = (app: BuiltApp, ...types: string[]): Component[] =>
  componentsOf(app, 'module').filter(({ moduleType }) => types.includes(moduleType ?? ''));

/** What some components do, step by step; how polling begins and how webhooks are attached is left out. */
const stepsOf = ({ steps }: BuiltApp, components: Component[]): Step[] =>
  steps.filter(
    ({ component, code }) => component !== null && components.includes(component) && code === 'communication',
  );

const allSteps = ({ base, steps }: BuiltApp): Step[] => (base === null ? steps : [base, ...steps]);

// The manifest and what it names.

const KINDS = ['connection', 'endpoint', 'function', 'module', 'rpc', 'webhook'];

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

// Credentials.

const reserved: Check = (app) =>
  allFields(app).flatMap(({ code, place, field: { name = '' } }) =>
    when(code !== 'interface' && ['accountName', 'teamID'].includes(name), place, `Make keeps ${name} for itself.`),
  );

const secrets: Check = (app) =>
  allFields(app)
    .filter(({ component: { kind }, field }) => /connection|webhook/.test(kind) && /secret|key/i.test(field.name ?? ''))
    .flatMap(({ component, place, field: { name, type, editable } }) => [
      ...when(type !== 'password', place, `${name} must be a password.`),
      // Who has a new key can put it into the connection that is there.
      ...when(component.kind === 'connection' && editable !== true, place, `${name} must be editable.`),
    ]);

const connectionName: Check = (app) =>
  componentsOf(app, 'connection').flatMap((connection) => {
    const isNamed = stepsOf(app, [connection]).some(
      ({ response: { metadata: { type = '', value } = {} } = {} }) => /^(text|email)$/.test(type) && Boolean(value),
    );
    return when(!isNamed, connection.codeFiles.communication ?? '', 'response.metadata is missing.');
  });

/** Whether base is merged into a step (M1). */
const inherits = ({ component }: Step): boolean => /^(module|rpc)$/.test(component?.kind ?? '');

/** What has to stand on its own: base, and the requests that it does not reach. */
const ownSteps = (app: BuiltApp): Step[] => allSteps(app).filter((step) => !inherits(step));

const headersOf = ({ headers }: Step): string[] =>
  typeof headers === 'object' ? Object.keys(headers).map((name) => name.toLowerCase()) : [];

const listOf = ({ log }: Step): string[] => log?.sanitize ?? [];

const sanitize: Check = (app) => {
  const { base } = app;
  const loggedBy = (step: Step): Step => (inherits(step) && step.log === undefined && base !== null ? base : step);
  const withKey = allSteps(app).filter((step) =>
    [...headersOf(step), ...(inherits(step) && base !== null ? headersOf(base) : [])].includes('authorization'),
  );
  return [
    ...ownSteps(app).flatMap((step) => when(listOf(step).length === 0, step.place, 'log.sanitize is missing.')),
    ...[...new Set(withKey.map(loggedBy))]
      .filter((step) => inherits(step) || listOf(step).length > 0)
      .flatMap((step) =>
        when(
          !listOf(step).includes('request.headers.authorization'),
          step.place,
          'log.sanitize must name request.headers.authorization.',
        ),
      ),
  ];
};

const baseHeaders: Check = (app) => {
  const { base } = app;
  const isShared = componentsOf(app, 'connection').length > 1 && base?.headers !== undefined;
  return when(isShared, base?.place ?? '', 'Headers in base reach every service: each request needs its own.');
};

// Requests and their answers.

const errors: Check = (app) => [
  ...ownSteps(app).flatMap(({ place, response }) =>
    when(response?.error === undefined, place, 'Error handling is missing.'),
  ),
  ...allSteps(app).flatMap(({ place, response }) =>
    Object.keys(typeof response?.error === 'object' ? response.error : {}).flatMap((key) =>
      when(/^\d/.test(key) && !/^\d{3}$/.test(key), `${place}/response/error`, `Make knows no range such as ${key}.`),
    ),
  ),
  ...allSteps(app)
    .flatMap(failuresOf)
    .flatMap(({ from, place, message }) => when(from === 'error' && !message, place, 'An error without a message.')),
];

const messages: Check = (app) =>
  allSteps(app).flatMap((step) =>
    failuresOf(step).flatMap(({ from, place, message }) => {
      if (message === undefined) return [];
      // A step that only thinks has no status to show.
      const hasStatus = from === 'error' || step.url !== undefined;
      return [
        ...when(hasStatus && !message.startsWith('[{{statusCode}}]'), place, 'The status in brackets comes first.'),
        ...when(/\{\{\s*body\s*\}\}/.test(message), place, 'No message shows a whole answer.'),
      ];
    }),
  );

const errorKinds: Check = (app) => {
  const known: string[] = [...errorTypes];
  return allSteps(app)
    .flatMap(failuresOf)
    .flatMap(({ place, type }) => {
      if (type === undefined) return [];
      const named = type.includes('{{') ? (type.match(/\w+Error\b/g) ?? []) : [type];
      return named.flatMap((name) => when(!known.includes(name), place, `Make knows no error ${name}.`));
    });
};

const conditions: Check = (app) =>
  allSteps(app).flatMap(({ place, response = {} }) =>
    when('condition' in response, `${place}/response`, 'condition stands beside response.'),
  );

/** The longest that Make's schemas let a text of a request or a webhook be. */
const LONGEST: [where: RegExp, length: number][] = [
  [/^(\/\d+)?\/(url|baseUrl|pagination\/url)$/, 512],
  [/^(\/\d+)?\/response\/error(\/\d{3})?(\/message)?$/, 1024],
  [/^(\/\d+)?(\/response)?\/iterate(\/container)?$/, 512],
  [/^(\/\d+)?\/response\/trigger\/(id|date)$/, 512],
  [/^(\/\d+)?\/response\/metadata\/value$/, 512],
];

const lengths: Check = ({ json }) =>
  [...json].flatMap(([path, code]) =>
    valuesIn(code, '').flatMap(([place, text]) => {
      const [, longest = Number.POSITIVE_INFINITY] = LONGEST.find(([where]) => where.test(place)) ?? [];
      const length = typeof text === 'string' ? text.length : 0;
      return when(length > longest, `${path}#${place}`, `${length} characters; Make takes ${longest}.`);
    }),
  );

const actions: Check = (app) =>
  stepsOf(app, modulesOf(app, 'action')).flatMap(({ place, iterate, pagination, response }) => [
    ...when((iterate ?? response?.iterate) !== undefined, place, 'An action must not iterate.'),
    ...when(pagination !== undefined, place, 'An action must not turn pages.'),
  ]);

const trust: Check = (app) =>
  stepsOf(app, modulesOf(app, 'instant_trigger')).flatMap(({ place, url, response }) => {
    const { valid } = response ?? {};
    const isDecided = typeof valid === 'string' || typeof valid === 'object';
    return when(url !== undefined && !isDecided, place, 'response.valid is missing: whose interview is this?');
  });

/** The last of a list of requests gives what the module gives. */
const lastStep = (app: BuiltApp, component: Component): Step | undefined => stepsOf(app, [component]).at(-1);

const results: Check = (app) => [
  ...modulesOf(app, 'search', 'trigger').flatMap((module) => {
    const step = lastStep(app, module);
    const isRight = step?.response?.limit === '{{parameters.limit}}';
    return when(!isRight, step?.place ?? module.place, 'response.limit must be {{parameters.limit}}.');
  }),
  ...componentsOf(app, 'rpc').flatMap((rpc) => {
    const step = lastStep(app, rpc);
    // Not a number is neither.
    const limit = Number(step?.response?.limit);
    return when(!(limit >= 1 && limit <= 500), step?.place ?? rpc.place, 'response.limit must be from 1 to 500.');
  }),
];

// What people see.

const limitField: Check = (app) =>
  modulesOf(app, 'search', 'trigger').flatMap((module) => {
    const last = ['staticParams', 'mappableParams'].flatMap((code) => fieldsOf(app, module, code)).at(-1);
    const isRight =
      last?.name === 'limit' && last.type === 'uinteger' && last.default === 10 && !last.required && !last.advanced;
    return when(!isRight, module.place, 'The last field must be limit: an unsigned integer, 10 by default.');
  });

/** The universal module gives all of the answer. */
const ANSWER = ['body', 'headers', 'statusCode'];
/** Paths that would lead to another host or out of the API, if the pattern let them through. */
const ELSEWHERE = ['https://example.com/', '//example.com/', '.example.com/', '@example.com/', '/../admin'];

const leadsElsewhere = (pattern: string | undefined): boolean => {
  try {
    return pattern === undefined || ELSEWHERE.some((path) => new RegExp(pattern).test(path));
  } catch {
    return true;
  }
};

const universal: Check = (app) => {
  const modules = modulesOf(app, 'universal');
  const isThere = modules.length === 1 && modules[0]?.label === 'Make an API call';
  return [
    ...when(!isThere, `${MANIFEST}#/components/module`, 'One module must be Make an API call.'),
    ...modules.flatMap((module) => {
      const address = fieldsOf(app, module, 'mappableParams').find(({ name }) => name === 'url');
      return when(
        leadsElsewhere(address?.validate?.pattern),
        module.place,
        'The pattern of url must refuse other hosts.',
      );
    }),
    ...stepsOf(app, modules).flatMap(({ place, url = '', type, response }) => [
      ...when(!/^https:\/\/[a-z0-9.-]+\//.test(url), place, 'url must begin with a fixed host.'),
      ...when(type !== 'text', place, 'type must be text.'),
      ...when(
        Object.keys(Object(response?.output)).sort().join() !== ANSWER.join(),
        place,
        `output must be ${ANSWER.join(', ')}.`,
      ),
    ]),
  ];
};

const interfaces: Check = (app) =>
  modulesOf(app, 'trigger', 'instant_trigger', 'search', 'action').flatMap((module) =>
    when(fieldsOf(app, module, 'interface').length === 0, module.place, 'The interface is empty.'),
  );

const samples: Check = (app) =>
  componentsOf(app, 'module').flatMap((module) => {
    const path = module.codeFiles.samples ?? '';
    const given = Object.keys(Object(app.json.get(path)));
    const known = fieldsOf(app, module, 'interface').map(({ name = '' }) => name);
    return [
      ...given.flatMap((key) => when(!known.includes(key), path, `${key} is not in the interface.`)),
      ...known.flatMap((key) => when(!given.includes(key), path, `${key} is missing.`)),
    ];
  });

const dates: Check = (app) =>
  allFields(app).flatMap(({ code, place, field: { name = '', type } }) =>
    when(code === 'interface' && /(_at|_time)$/.test(name) && type !== 'date', place, `${name} must be a date.`),
  );

/** Words that keep their capitals inside a label. */
const NAMES = /\b(API|ID|URL|Koji|Amplitude)\b/g;

/** One capital, at the beginning. */
const isSentenceCase = (label: string): boolean => {
  const rest = label.replace(NAMES, '').slice(1);
  return /^[A-Z]/.test(label) && rest === rest.toLowerCase();
};

const labels: Check = (app) => [
  ...app.components.flatMap(({ place, label = '' }) =>
    when(!isSentenceCase(label), place, `“${label}” is not in sentence case.`),
  ),
  ...allFields(app).flatMap(({ place, field: { label } }) =>
    when(label !== undefined && !isSentenceCase(label), place, `“${label}” is not in sentence case.`),
  ),
];

const descriptions: Check = (app) =>
  componentsOf(app, 'module').flatMap(({ place, description = '' }) =>
    when(
      !/^(Triggers when|Creates|Returns|Performs|Registers)\b.*\.$/.test(description),
      place,
      'The description is not in Make’s pattern.',
    ),
  );

/** Make's help does not begin with one. */
const VERB = /^(Add|Choose|Copy|Enter|Fill|Leave|Map|Paste|Put|Select|Set|Type|Use)\b/;

const help: Check = (app) =>
  allFields(app).flatMap(({ place, field: { help: text } }) => {
    if (text === undefined) return [];
    return [
      ...when(!/[.!?]$/.test(text), place, `“${text}” ends without a period.`),
      ...when(VERB.test(text), place, `“${text}” begins with a verb.`),
    ];
  });

const groups: Check = (app) => {
  const all = groupsOf(app);
  const path = app.manifest.generalCodeFiles.groups ?? MANIFEST;
  const grouped = all.flatMap(({ modules }) => modules);
  const modules = componentsOf(app, 'module').map(({ id }) => id);
  return [
    ...modules.flatMap((id) => {
      const times = grouped.filter((one) => one === id).length;
      return when(times !== 1, path, `${id} is in ${times} groups.`);
    }),
    ...grouped.flatMap((id) => when(!modules.includes(id), path, `There is no module ${id}.`)),
    ...when(all[0]?.label !== 'Triggers' || all.at(-1)?.label !== 'Other', path, 'Triggers come first, Other last.'),
  ];
};

/** Every rule by its name, with the facts that it rests on. */
export const checks: [name: string, rule: string, find: Check][] = [
  ['kinds', 'the manifest has all six kinds of components (M2)', kinds],
  ['general', 'the manifest has all four general codes (M2)', generalCode],
  ['metadata', 'components have what Make needs to create them (M2, M3)', metadata],
  ['origins', 'origins are an app of Make’s at an API of Make’s (M2)', origins],
  ['ids', 'ids are as Make takes them (M2)', ids],
  ['files', 'every file that the manifest names is there (M3)', files],
  ['codes', 'every file is what its name says (M4)', codes],
  ['references', 'connections, webhooks and RPCs that are named are there (M2)', references],
  ['reserved', 'no parameter has a name of Make’s own (M11)', reserved],
  ['secrets', 'keys and secrets are passwords; those of a connection can be changed (M6)', secrets],
  ['connectionName', 'a connection shows whose it is (M6)', connectionName],
  ['sanitize', 'base and connections hide secrets in logs, any authorization first (M6)', sanitize],
  ['baseHeaders', 'with two connections, base holds no headers (M1)', baseHeaders],
  ['errors', 'base and connections handle errors, each status with its message (M4, M6)', errors],
  ['messages', 'messages begin with the status and never show a whole answer (M6)', messages],
  ['errorKinds', 'errors are of the nine kinds that Make knows (M25)', errorKinds],
  ['conditions', 'a condition stands beside response, not in it (M4)', conditions],
  ['lengths', 'no text is longer than Make takes (M4)', lengths],
  ['actions', 'actions neither iterate nor turn pages (M6)', actions],
  ['trust', 'an instant trigger that fetches decides whether the answer is valid (M23)', trust],
  ['results', 'searches and polling triggers give what limit says, RPCs at most 500 (M6)', results],
  ['limit', 'searches and polling triggers end in the field limit (M6)', limitField],
  ['universal', 'one module makes any call, to one host only, and gives all of the answer (M6)', universal],
  ['interfaces', 'modules say what they give (M6)', interfaces],
  ['samples', 'samples hold what the interface holds (M6)', samples],
  ['dates', 'dates are dates (M6)', dates],
  ['labels', 'labels are in sentence case (M6)', labels],
  ['descriptions', 'descriptions are in Make’s pattern (M6)', descriptions],
  ['help', 'help is in sentences and begins with no verb (M6)', help],
  ['groups', 'each module is in one group; Triggers come first, Other last (M6)', groups],
];

/** All findings over an app's files, each with its check; none when there is nothing to mend. */
export const lint = (files: Map<string, string>): (Finding & { check: string })[] => {
  const app = builtApp(files);
  if (app === null) return [{ check: 'manifest', path: MANIFEST, message: 'It is no manifest of an app.' }];
  return checks.flatMap(([check, , find]) => find(app).map((finding) => ({ check, ...finding })));
};
