/** What a chart is: where its numbers come from, and what they say. */
import type { EChartsOption } from 'echarts';
import type { Condition } from '../amplitude/query.ts';

/** A query of the Dashboard REST API: its endpoint below `/api/2/`, and its parameters in order. */
export type Query = { endpoint: 'funnels' | 'retention' | 'events/segmentation'; parameters: [string, string][] };

/** Asks Amplitude for a path below its REST host; what it answered, as JSON. */
export type Ask = (path: string) => Promise<unknown>;

/** A chart that was read: the sentence that it says, its numbers as a table, and how it is drawn. */
export type Reading = {
  sentence: string;
  columns: string[];
  rows: (string | number)[][];
  drawing: EChartsOption;
  /** What was asked for it. */
  queries: Query[];
};

/** A chart of docs/charts.md. */
export type Chart = {
  id: string;
  title: string;
  /** Clicks that make the same chart in Amplitude. */
  steps: string[];
  pitfalls: string[];
  /** The queries that give its numbers; of the themes that interviews name, those to show. */
  queries: (themes: string[]) => Query[];
  read: (ask: Ask) => Promise<Reading>;
};

/** A query's path, as it is requested. */
export const pathOf = ({ endpoint, parameters }: Query): string =>
  `/api/2/${endpoint}?${new URLSearchParams(parameters)}`;

/** The same for people, one parameter a line. */
export const shown = ({ endpoint, parameters }: Query): string =>
  [
    `GET /api/2/${endpoint}`,
    ...parameters.map(([name, value], place) => `    ${place === 0 ? '?' : '&'}${name}=${value}`),
  ].join('\n');

/** An event of a query. */
export const eventParameter = (event_type: string, more: object = {}): string =>
  JSON.stringify({ event_type, ...more });

/** Interviews of one sentiment; a filter of an event counts for nothing in the budget. */
export const ofSentiment = (sentiment: string) => ({
  filters: [{ subprop_type: 'event', subprop_key: 'sentiment', subprop_op: 'is', subprop_value: [sentiment] }],
});

/** Whoever had an interview, perhaps one with this theme first: of any time, before or after. */
export const interviewed = (event_type: string, theme?: string): string =>
  JSON.stringify([
    {
      op: '>=',
      type: 'event',
      event_type,
      filters:
        theme === undefined
          ? []
          : [{ subprop_type: 'event', subprop_key: 'theme_top_1', subprop_op: 'is', subprop_value: [theme] }],
      value: 1,
      time_type: 'allTime',
    } satisfies Condition,
  ]);

/** `20260427`. */
export const dayParameter = (moment: number): string => new Date(moment).toISOString().slice(0, 10).replaceAll('-', '');

/** `67 %`; nothing of nothing is no share. */
export const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${Math.round((100 * part) / whole)} %`;

/** A share in hundredths, for a drawing. */
export const hundredths = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((1000 * part) / whole) / 10;

/** `1 interview`, `2 interviews`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
