import * as z from 'zod';
import { DEFAULT_EVENT_TYPE } from '../../amplitude/interview-event.ts';
import { lastInterviewNegative } from '../story/cohorts.ts';
import { at, days } from '../story/product.ts';
import { type Chart, counted, dayParameter, eventParameter, ofSentiment, pathOf, type Query } from './chart.ts';

const WINDOW_DAYS = 90;

const query: Query = {
  endpoint: 'events/segmentation',
  parameters: [
    ['e', eventParameter(DEFAULT_EVENT_TYPE, ofSentiment('negative'))],
    ['start', dayParameter(at(days.launch - 1))],
    ['end', dayParameter(at(days.last - 1))],
    ['m', 'uniques'],
    ['i', '1'],
    ['rollingWindow', String(WINDOW_DAYS)],
  ],
};

const answerSchema = z.object({
  data: z.object({ series: z.array(z.array(z.number())).length(1), xValues: z.array(z.string()) }),
});
const cohortsSchema = z.object({ cohorts: z.array(z.object({ id: z.string(), size: z.number() })) });

const sentenceOf = (sizes: number[], dates: string[], inCohort: number): string => {
  const most = Math.max(0, ...sizes);
  if (most === 0) return 'Nobody is in the cohort: no interview was negative.';
  const first = sizes.findIndex((size) => size > 0);
  const full = sizes.indexOf(most);
  const rise =
    first === full
      ? `to ${most} on ${dates[full]}`
      : `from ${sizes[first]} on ${dates[first]} to ${most} on ${dates[full]}`;
  return `The cohort to save grew ${rise}; ${counted(inCohort, 'person is', 'people are')} in it now.`;
};

/** How many people's last interview was negative. */
export const unhappyOverTime: Chart = {
  id: 'save-the-account',
  title: 'The cohort to save: its size over time',
  steps: [
    'Create → Cohort: *…had property* `last_interview_sentiment` = negative, *most recently*; *any time* would keep whoever has had a better interview since. What scored below the gate was never written. Save it so that others can discover it; a Zap with *User Entered Cohort* tells the account’s owner of each.',
    `For its size over time: Create → Chart → Event Segmentation, \`${DEFAULT_EVENT_TYPE}\` *where* \`sentiment\` = negative, measured as *Uniques*, daily.`,
    `Advanced → *Rolling Window* → ${WINDOW_DAYS} days, the most there is.`,
  ],
  pitfalls: [
    'Amplitude keeps no history of a cohort’s size: a segment “is in the cohort” on an older day shows today’s members. The rolling window counts who had such an interview within it instead.',
    'Somebody whose next interview is better leaves the cohort at once, and this line only when the window has passed.',
    'Someone who never comes back still counts here; with *Any Active Event* and `last_interview_sentiment` they would vanish from the line as they leave, which looks like success.',
  ],
  queries: () => [query],
  read: async (ask) => {
    const { series, xValues } = answerSchema.parse(await ask(pathOf(query))).data;
    const { cohorts } = cohortsSchema.parse(await ask('/api/3/cohorts'));
    const sizes = series[0] ?? [];
    const inCohort = cohorts.find(({ id }) => id === lastInterviewNegative.id)?.size ?? 0;
    const changes = xValues.flatMap((date, place) =>
      place === 0 || place === xValues.length - 1 || sizes[place] !== sizes[place - 1]
        ? [[date, sizes[place] ?? 0]]
        : [],
    );
    return {
      sentence: sentenceOf(sizes, xValues, inCohort),
      columns: ['day', 'people'],
      rows: changes,
      drawing: {
        xAxis: { type: 'category', data: xValues, boundaryGap: false },
        yAxis: { type: 'value', min: 0, minInterval: 1 },
        series: [
          {
            type: 'line',
            name: 'last interview negative',
            step: 'end',
            symbol: 'none',
            areaStyle: { opacity: 0.2 },
            data: sizes,
          },
        ],
      },
      queries: [query],
    };
  },
};
