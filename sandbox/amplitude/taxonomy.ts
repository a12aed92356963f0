import type { Answer, Call } from '../server.ts';
import { restError } from './rest.ts';
import type { AmplitudeState, Tenant } from './state.ts';

/** An entry of the tracking plan, with the form fields it was made from. */
export type PlanEntry = Record<string, string>;

export type TrackingPlan = {
  categories: PlanEntry[];
  events: PlanEntry[];
  eventProperties: PlanEntry[];
  userProperties: PlanEntry[];
};

/** Nothing is planned yet. */
export const emptyPlan = (): TrackingPlan => ({ categories: [], events: [], eventProperties: [], userProperties: [] });

/** A20: "cost GET 1, PUT/POST/DELETE 2; … 7,200/h → 429". */
const COST_AN_HOUR = 7200;
/** A20. */
const PROPERTY_TYPES = ['string', 'number', 'boolean', 'enum', 'any'];
const FIRST_CATEGORY_ID = 412_931;

const success: Answer = { status: 200, body: { success: true } };

/** Amplitude answers 409 for other problems too, not only for what exists already (A20). */
const conflict = (message: string): Answer => ({ status: 409, body: { success: false, errors: [{ message }] } });

const missingEntity = (entity: string, name: string): Answer =>
  conflict(`Attempted to operate on entity ${entity}, id "${name}", that does not exist.`);

const propertyProblem = (form: PlanEntry): Answer | undefined => {
  if (form.type !== undefined && !PROPERTY_TYPES.includes(form.type)) return conflict(`Invalid type "${form.type}".`);
  if (form.type === 'enum' && (form.enum_values ?? '') === '') return conflict('An enum needs enum_values.');
  return undefined;
};

/** One kind of entry: where it is, what it is called, when it may not be made, how it is given back. */
type Kind = {
  list: (plan: TrackingPlan) => PlanEntry[];
  nameField: string;
  isSame: (entry: PlanEntry, form: PlanEntry) => boolean;
  problem: (plan: TrackingPlan, form: PlanEntry) => Answer | undefined;
  show: (entry: PlanEntry, index: number) => object;
};

/** `is_active`, `is_required` and `is_array_type` come back as booleans. */
const shown = (entry: PlanEntry): object => ({
  description: null,
  ...Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [key, key.startsWith('is_') ? value === 'true' : value]),
  ),
});

const kinds: Record<string, Kind> = {
  category: {
    list: (plan) => plan.categories,
    nameField: 'category_name',
    isSame: (entry, form) => entry.category_name === form.category_name,
    problem: () => undefined,
    show: (entry, index) => ({ id: FIRST_CATEGORY_ID + index, name: entry.category_name }),
  },
  event: {
    list: (plan) => plan.events,
    nameField: 'event_type',
    isSame: (entry, form) => entry.event_type === form.event_type,
    // "Category must exist" (A20).
    problem: (plan, form) =>
      form.category === undefined || plan.categories.some((entry) => entry.category_name === form.category)
        ? undefined
        : missingEntity('event_category', form.category),
    show: (entry) => ({ ...shown(entry), category: entry.category === undefined ? null : { name: entry.category } }),
  },
  'event-property': {
    list: (plan) => plan.eventProperties,
    nameField: 'event_property',
    // The same property on another event is an override of its own
    // (https://amplitude.com/docs/apis/analytics/taxonomy#create-an-event-property).
    isSame: (entry, form) => entry.event_property === form.event_property && entry.event_type === form.event_type,
    problem: (plan, form) =>
      form.event_type === undefined || plan.events.some((entry) => entry.event_type === form.event_type)
        ? propertyProblem(form)
        : missingEntity('event', form.event_type),
    show: shown,
  },
  'user-property': {
    list: (plan) => plan.userProperties,
    nameField: 'user_property',
    isSame: (entry, form) => entry.user_property === form.user_property,
    problem: (_plan, form) => propertyProblem(form),
    // "responses prefix `gp:`" (A20).
    show: (entry) => ({ ...shown(entry), user_property: `gp:${entry.user_property}` }),
  },
};

const create = (plan: TrackingPlan, kind: Kind, form: PlanEntry): Answer => {
  const name = form[kind.nameField] ?? '';
  if (name === '') return conflict(`Missing parameter: ${kind.nameField}`);
  const list = kind.list(plan);
  if (list.some((entry) => kind.isSame(entry, form))) return conflict(`"${name}" already exists.`);
  const problem = kind.problem(plan, form);
  if (problem !== undefined) return problem;
  list.push(form);
  return success;
};

const read = (plan: TrackingPlan, kind: Kind, query: URLSearchParams): Answer => {
  const eventType = query.get('event_type');
  const data = kind
    .list(plan)
    .map((entry, index) => ({ entry, shown: kind.show(entry, index) }))
    .filter(({ entry }) => kind.nameField !== 'event_property' || !eventType || entry.event_type === eventType)
    .map(({ shown }) => shown);
  return { status: 200, body: { success: true, data } };
};

/** Taxonomy API (A20): the creating and listing of entries of this kind. */
export const answerTaxonomy = (
  { spent, now }: Pick<AmplitudeState, 'spent' | 'now'>,
  { project, plan }: Tenant,
  { method, query, body }: Call,
  kindName: string,
): Answer => {
  const kind = kinds[kindName];
  if (kind === undefined) return restError(404, 'Not found');
  // A17 and A20: plan-gated.
  if (!project.taxonomy) return restError(403, 'Taxonomy is not available on your plan');
  const cost = method === 'GET' ? 1 : 2;
  if (spent.taxonomy.count(project.apiKey, now()) + cost > COST_AN_HOUR) {
    return restError(429, `Exceeded limit of ${COST_AN_HOUR} cost per hour`);
  }
  spent.taxonomy.add(project.apiKey, now(), cost);
  if (method === 'POST') return create(plan, kind, Object.fromEntries(new URLSearchParams(body)));
  return read(plan, kind, query);
};
