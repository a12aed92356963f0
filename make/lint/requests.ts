/** Requests and what becomes of their answers. */
import { type BuiltApp, type Component, failuresOf, type Step, valuesIn } from '../build/built.ts';
import { errorTypes } from '../language/format.ts';
import { allSteps, type Check, componentsOf, modulesOf, ownSteps, type Rule, stepsOf, when } from './check.ts';

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

/** Every rule of this kind. */
export const requestRules: Rule[] = [
  ['errors', 'base and connections handle errors, each status with its message (M4, M6)', errors],
  ['messages', 'messages begin with the status and never show a whole answer (M6)', messages],
  ['errorKinds', 'errors are of the nine kinds that Make knows (M25)', errorKinds],
  ['lengths', 'no text is longer than Make takes (M4)', lengths],
  ['actions', 'actions neither iterate nor turn pages (M6)', actions],
  ['trust', 'an instant trigger that fetches decides whether the answer is valid (M23)', trust],
  ['results', 'searches and polling triggers give what limit says, RPCs at most 500 (M6)', results],
];
