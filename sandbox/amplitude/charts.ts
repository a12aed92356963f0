/**
 * Funnels, retention and event segmentation as the Dashboard REST API gives them
 * (https://amplitude.com/docs/apis/analytics/dashboard-rest), within its budget (A27).
 */
import type { Answer, Call } from '../server.ts';
import {
  BadQuery,
  choiceIn,
  DAY,
  dayName,
  type EventDefinition,
  eventsIn,
  groupsOf,
  isInSegment,
  matches,
  type Range,
  rangeOf,
  type Segment,
  segmentsIn,
  wholeNumberIn,
} from './query.ts';
import { restError } from './rest.ts';
import type { AmplitudeState, Tenant } from './state.ts';
import type { AmplitudeUser, StoredEvent } from './users.ts';

/** "Up to 1000 cost within a five minute period", "up to 108,000 cost per hour" (A27). */
export const COST_IN_FIVE_MINUTES = 1000;
const COST_AN_HOUR = 108_000;

type Question = { query: URLSearchParams; range: Range; segments: Segment[] };
type Kind = {
  /** The cost of this type of query, for one day and one condition. */
  cost: (query: URLSearchParams) => number;
  answer: (tenant: Tenant, question: Question, now: number) => object;
};

const groupCost = (events: EventDefinition[]): number =>
  4 * events.reduce((sum, { group_by }) => sum + group_by.length, 0);

/** `cost = (# of days) * (# of conditions) * (cost for the query type)`; conditions are segments and what is in them. */
const costOf = ({ cost }: Kind, { query, range, segments }: Question): number =>
  range.days * (segments.length + segments.flat().length) * cost(query);

const isKind = (name: string): name is keyof typeof kinds => Object.hasOwn(kinds, name);

/** What a query takes from the budget: `funnels`, `retention` or `events/segmentation`, with its parameters. */
export const queryCost = (name: string, query: URLSearchParams): number => {
  if (!isKind(name)) throw new Error(`${name} has no cost here.`);
  return costOf(kinds[name], { query, range: rangeOf(query), segments: segmentsIn(query) });
};

/** Answers a chart's query, as long as the budget has room for it. */
export const answerChart = ({ spent, now }: AmplitudeState, tenant: Tenant, name: string, { query }: Call): Answer => {
  if (!isKind(name)) return restError(404, 'Not found');
  try {
    // Grouping by a user property has segments in its place (`s`), or stands in the event (`group_by`).
    if (query.has('g')) throw new BadQuery('g');
    const question = { query, range: rangeOf(query), segments: segmentsIn(query) };
    const { apiKey } = tenant.project;
    const cost = costOf(kinds[name], question);
    if (spent.charts.count(apiKey, now()) + cost > COST_IN_FIVE_MINUTES) {
      return restError(429, `Exceeded limit of ${COST_IN_FIVE_MINUTES} cost in 5 minutes; this query costs ${cost}`);
    }
    if (spent.chartsByHour.count(apiKey, now()) + cost > COST_AN_HOUR) {
      return restError(429, `Exceeded limit of ${COST_AN_HOUR} cost per hour; this query costs ${cost}`);
    }
    const body = kinds[name].answer(tenant, question, now());
    spent.charts.add(apiKey, now(), cost);
    spent.chartsByHour.add(apiKey, now(), cost);
    return { status: 200, body };
  } catch (error) {
    if (error instanceof BadQuery) return restError(400, `Invalid parameter: ${error.message}`);
    throw error;
  }
};

const only = (query: URLSearchParams, name: string): EventDefinition => {
  const [event, ...others] = eventsIn(query, name);
  if (event === undefined || others.length > 0) throw new BadQuery(name);
  return event;
};

const isWithin = ({ time }: StoredEvent, { start, end }: { start: number; end: number }): boolean =>
  time >= start && time < end;

const intervals = ['1', '7', '30'] as const;

/** How many days a point has, and the points' first moments. */
const pointsOf = (query: URLSearchParams, range: Range): { length: number; points: number[] } => {
  const length = Number(choiceIn(query, 'i', intervals)) * DAY;
  const count = Math.ceil((range.end - range.start) / length);
  return { length, points: Array.from({ length: count }, (_, place) => range.start + place * length) };
};

const MOST_GROUPS = 100;

/** With several segments a series' label is the segment's place (not stated, A27); with a group, the group's value. */
const segmentation = (tenant: Tenant, { query, range, segments }: Question): object => {
  const wanted = only(query, 'e');
  choiceIn(query, 'm', ['uniques']);
  const { length, points } = pointsOf(query, range);
  const window = wholeNumberIn(query, 'rollingWindow', 1) * length;
  const found = tenant.users.known.flatMap((user) =>
    user.events.filter((event) => matches(event, wanted)).map((event) => ({ user, event })),
  );
  const series = segments.flatMap((segment, index) => {
    const groups = new Map<string, { user: AmplitudeUser; event: StoredEvent }[]>();
    if (wanted.group_by.length === 0) groups.set('', []);
    for (const one of found) {
      if (!isInSegment(one.user, one.event, segment)) continue;
      for (const group of groupsOf(one.event, wanted)) {
        const members = groups.get(group);
        if (members === undefined) groups.set(group, [one]);
        else members.push(one);
      }
    }
    return [...groups].map(([group, members]) => {
      const count = (span: { start: number; end: number }): number =>
        new Set(members.flatMap(({ user, event }) => (isWithin(event, span) ? [user] : []))).size;
      const total = count(range);
      return {
        label: group === '' ? index : group,
        values: points.map((point) => count({ start: point + length - window, end: point + length })),
        total,
      };
    });
  });
  const shown = series
    .filter(({ label, total }) => typeof label === 'number' || total > 0)
    .toSorted((one, other) => (typeof one.label === 'number' ? 0 : other.total - one.total))
    .slice(0, MOST_GROUPS);
  return {
    data: {
      series: shown.map(({ values }) => values),
      seriesLabels: shown.map(({ label }) => label),
      seriesCollapsed: shown.map(({ total }) => [{ value: total }]),
      xValues: points.map(dayName),
    },
  };
};

const THIRTY_DAYS_IN_SECONDS = 2_592_000;

/** How far one entry gets, by the moments of its steps. */
const followed = (entry: StoredEvent, events: StoredEvent[], steps: EventDefinition[], window: number): number[] => {
  const moments = [entry.time];
  let after = events.indexOf(entry) + 1;
  for (const step of steps.slice(1)) {
    const place = events.findIndex(
      (event, index) => index >= after && matches(event, step) && event.time - entry.time <= window,
    );
    const event = events[place];
    if (event === undefined) break;
    moments.push(event.time);
    after = place + 1;
  }
  return moments;
};

const middle = (numbers: number[]): number => numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? 0;

/** Ordered, of active users: somebody's entry that gets furthest counts. */
const funnels = (tenant: Tenant, { query, range, segments }: Question): object => {
  const steps = eventsIn(query, 'e');
  choiceIn(query, 'mode', ['ordered']);
  choiceIn(query, 'n', ['active']);
  const window = wholeNumberIn(query, 'cs', THIRTY_DAYS_IN_SECONDS) * 1000;
  const [first] = steps;
  if (first === undefined || steps.length < 2) throw new BadQuery('e');
  const data = segments.map((segment, segmentIndex) => {
    const paths = tenant.users.known.flatMap((user) => {
      const events = user.events.toSorted((one, other) => one.time - other.time);
      const ways = events
        .filter((event) => matches(event, first) && isWithin(event, range) && isInSegment(user, event, segment))
        .map((entry) => followed(entry, events, steps, window));
      return ways.toSorted((one, other) => other.length - one.length).slice(0, 1);
    });
    const reached = steps.map((_, place) => paths.filter((moments) => moments.length > place).length);
    const times = steps.map((_, place) =>
      paths.flatMap((moments) => {
        const [before, now] = [moments[place - 1], moments[place]];
        return before === undefined || now === undefined ? [] : [now - before];
      }),
    );
    return {
      meta: { segmentIndex },
      events: steps.map(({ event_type }) => event_type),
      cumulativeRaw: reached,
      cumulative: reached.map((count) => share(count, reached[0])),
      stepByStep: reached.map((count, place) => share(count, reached[Math.max(0, place - 1)])),
      medianTransTimes: times.map(middle),
      avgTransTimes: times.map((all) =>
        share(
          all.reduce((sum, time) => sum + time, 0),
          all.length,
        ),
      ),
    };
  });
  return { data };
};

const share = (part: number, whole: number | undefined): number => (whole ? part / whole : 0);

/**
 * N-day retention from somebody's first start in the range on. Index 0 of `combined` is all who started, index N + 1 are
 * those who came back N intervals later; the interval that somebody starts in has begun with that.
 */
const retention = (tenant: Tenant, { query, range, segments }: Question, now: number): object => {
  const start = only(query, 'se');
  const back = only(query, 're');
  choiceIn(query, 'rm', ['n-day']);
  const { length, points } = pointsOf(query, range);
  const series = segments.map((segment) => {
    const starts = tenant.users.known.flatMap((user) => {
      const first = user.events
        .filter((event) => matches(event, start) && isWithin(event, range) && isInSegment(user, event, segment))
        .toSorted((one, other) => one.time - other.time)[0];
      return first === undefined ? [] : [{ user, from: Math.floor(first.time / DAY) * DAY }];
    });
    const combined = points.map((_, place) => {
      const spanOf = (from: number) => ({ start: from + place * length, end: from + (place + 1) * length });
      const returned = starts.filter(({ user, from }) =>
        user.events.some((event) => isWithin(event, spanOf(from)) && matches(event, back)),
      );
      return {
        count: returned.length,
        outof: starts.length,
        incomplete: starts.some(({ from }) => spanOf(from).end > now),
      };
    });
    return { combined: [{ count: starts.length, outof: starts.length, incomplete: false }, ...combined] };
  });
  return { data: { series, seriesMeta: segments.map((_, segmentIndex) => ({ segmentIndex, eventIndex: 0 })) } };
};

const kinds: Record<'events/segmentation' | 'funnels' | 'retention', Kind> = {
  'events/segmentation': {
    cost: (query) => eventsIn(query, 'e').length + groupCost(eventsIn(query, 'e')),
    answer: segmentation,
  },
  funnels: {
    cost: (query) => 2 * eventsIn(query, 'e').length + groupCost(eventsIn(query, 'e')),
    answer: funnels,
  },
  retention: { cost: () => 8, answer: retention },
};
