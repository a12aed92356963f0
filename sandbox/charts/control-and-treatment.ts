import * as z from 'zod';
import { at, days, experiment, productEvents } from '../story/product.ts';
import { type Chart, counted, dayParameter, eventParameter, pathOf, type Query } from './chart.ts';

const WEEKS_BEFORE = 6;

const firstDay = at(days.pricingPage - WEEKS_BEFORE * 7);

const query: Query = {
  endpoint: 'events/segmentation',
  parameters: [
    ['e', eventParameter(productEvents.upgraded)],
    ['start', dayParameter(firstDay)],
    ['end', dayParameter(at(days.last - 1))],
    ['m', 'uniques'],
    ['i', '7'],
    ...experiment.values.map((value): [string, string] => [
      's',
      JSON.stringify([{ prop: `gp:${experiment.property}`, op: 'is', values: [value] }]),
    ]),
  ],
};
const annotationsPath = `/api/3/annotations?start=${encodeURIComponent(new Date(firstDay).toISOString())}`;

const answerSchema = z.object({
  data: z.object({
    series: z.array(z.array(z.number())).length(experiment.values.length),
    xValues: z.array(z.string()),
  }),
});
const annotationsSchema = z.object({ data: z.array(z.object({ label: z.string(), start: z.string() })) });

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);

const sentenceOf = (series: number[][], from: number, label: string | undefined): string => {
  const [before, after] = [(weeks: number[]) => sum(weeks.slice(0, from)), (weeks: number[]) => sum(weeks.slice(from))];
  const both = (count: (weeks: number[]) => number) =>
    series.map((weeks, place) => `${count(weeks)} in ${experiment.values[place]}`).join(' and ');
  if (label === undefined) return `Upgrades: ${both(sum)}; no annotation says what changed.`;
  const weeks = (series[0]?.length ?? 0) - from;
  return `After “${label}” ${both(after)} upgraded in ${counted(weeks, 'week')}, before it ${both(before)} in ${counted(from, 'week')}.`;
};

/** Whether what was changed, because of what people said, helps. */
export const controlAndTreatment: Chart = {
  id: 'control-and-treatment',
  title: 'Control and treatment, with what the interviews said',
  steps: [
    `Create → Chart → Event Segmentation: *${productEvents.upgraded}*, measured as *Uniques*, weekly.`,
    ...experiment.values.map((value) => `Segment ${value}: *+ Filter* \`${experiment.property}\` = ${value}.`),
    'The line: the action *Create Chart Annotation* draws it when the change goes live, or an interview study ends. It shows on all charts of the project, or on one if you give *Chart ID*.',
  ],
  pitfalls: [
    'Compare arms of like size: the chart counts upgrades, not shares. With arms of different sizes use a funnel from the exposure.',
    'An annotation is drawn by the hour, and does not change a number.',
    'A few interviews say why, not how much: the arms say how much.',
  ],
  queries: () => [query],
  read: async (ask) => {
    const { series, xValues } = answerSchema.parse(await ask(pathOf(query))).data;
    const { data: annotations } = annotationsSchema.parse(await ask(annotationsPath));
    const lines = annotations.map(({ label, start }) => ({
      label,
      week: Math.max(
        0,
        xValues.findLastIndex((date) => date <= start.slice(0, 10)),
      ),
    }));
    const [first] = lines;
    return {
      sentence: sentenceOf(series, first?.week ?? 0, first?.label),
      columns: ['week from', ...experiment.values, 'annotation'],
      rows: xValues.map((date, week) => [
        date,
        ...series.map((weeks) => weeks[week] ?? 0),
        lines
          .filter((line) => line.week === week)
          .map(({ label }) => label)
          .join('; '),
      ]),
      drawing: {
        xAxis: { type: 'category', data: xValues },
        yAxis: { type: 'value', min: 0, minInterval: 1 },
        series: series.map((weeks, place) => ({
          type: 'line',
          name: experiment.values[place] ?? '',
          symbolSize: 8,
          data: weeks,
          ...(place === 0
            ? {
                markLine: {
                  symbol: 'none',
                  silent: true,
                  lineStyle: { color: '#475569' },
                  data: lines.map(({ label, week }) => ({
                    xAxis: week,
                    label: { formatter: label, position: 'end', align: week > xValues.length / 2 ? 'right' : 'left' },
                  })),
                },
              }
            : {}),
        })),
      },
      queries: [query],
    };
  },
};
