import type { Answer, Call } from '../server.ts';
import type { Tenant } from './ingestion.ts';
import { restError } from './rest.ts';
import { Tally } from './tally.ts';

/** An entry of the tracking plan, with the form fields it was made from. */
export type PlanEntry = Record<string, string>;

export type TrackingPlan = {
  categories: PlanEntry[];
  events: PlanEntry[];
  eventProperties: PlanEntry[];
  userProperties: PlanEntry[];
};

export type TaxonomyRoom = {
  plan: (tenant: Tenant) => TrackingPlan;
  /** Undefined for a path of something else. */
  answer: (tenant: Tenant, call: Call) => Answer | undefined;
};

/** A20: "cost GET 1, PUT/POST/DELETE 2; … 7,200/h → 429". */
const COST_AN_HOUR = 7200;
const HOUR = 60 * 60 * 1000;
/** A20. */
const PROPERTY_TYPES = ['string', 'number', 'boolean', 'enum', 'any'];
const FIRST_CATEGORY_ID = 412_931;

const success: Answer = { status: 200, body: { success: true } };

const failure = (status: number, message: string): Answer => ({
  status,
  body: { success: false, errors: [{ message }] },
});

/** Amplitude answers 409 for other problems too, not only for what exists already (A20). */
const conflict = (message: string): Answer => failure(409, message);

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

const read = (plan: TrackingPlan, kind: Kind, name: string | undefined, query: URLSearchParams): Answer => {
  const eventType = query.get('event_type');
  const entries = kind
    .list(plan)
    .map((entry, index) => ({ entry, data: kind.show(entry, index) }))
    .filter(({ entry }) => kind.nameField !== 'event_property' || !eventType || entry.event_type === eventType);
  if (name === undefined) return { status: 200, body: { success: true, data: entries.map(({ data }) => data) } };
  const found = entries.find(({ entry }) => entry[kind.nameField] === name.replace(/^gp:/, ''));
  return found === undefined ? failure(400, 'Not found') : { status: 200, body: { success: true, data: found.data } };
};

/** Taxonomy API (A20): the creating and reading of entries. */
export const taxonomyRoom = (now: () => number): TaxonomyRoom => {
  const plans = new Map<string, TrackingPlan>();
  const spent = new Tally(HOUR);

  const planOf = (tenant: Tenant): TrackingPlan => {
    const { apiKey } = tenant.project;
    const plan = plans.get(apiKey) ?? { categories: [], events: [], eventProperties: [], userProperties: [] };
    plans.set(apiKey, plan);
    return plan;
  };

  return {
    plan: planOf,
    answer: (tenant, call) => {
      const [, kindName = '', name] = /^\/api\/2\/taxonomy\/([^/]+)(?:\/([^/]+))?$/.exec(call.path) ?? [];
      const kind = kinds[kindName];
      if (kind === undefined || (call.method !== 'GET' && call.method !== 'POST')) return undefined;
      // A17 and A20: plan-gated.
      if (!tenant.project.taxonomy) return restError(403, 'Taxonomy is not available on your plan');
      const cost = call.method === 'GET' ? 1 : 2;
      if (spent.count(tenant.project.apiKey, now()) + cost > COST_AN_HOUR) {
        return restError(429, `Exceeded limit of ${COST_AN_HOUR} cost per hour`);
      }
      spent.add(tenant.project.apiKey, now(), cost);
      if (call.method === 'POST') {
        return create(planOf(tenant), kind, Object.fromEntries(new URLSearchParams(call.body)));
      }
      return read(planOf(tenant), kind, name === undefined ? undefined : decodeURIComponent(name), call.query);
    },
  };
};
