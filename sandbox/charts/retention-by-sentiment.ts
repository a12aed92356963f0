import * as z from 'zod';
import { DEFAULT_EVENT_TYPE } from '../../amplitude/interview-event.ts';
import { sentiments } from '../../koji/contract.ts';
import { at, days } from '../story/product.ts';
import {
  type Chart,
  counted,
  dayParameter,
  eventParameter,
  hundredths,
  ofSentiment,
  pathOf,
  percent,
  type Query,
} from './chart.ts';

const WEEKS = 4;

const queryOf = (sentiment: string): Query => ({
  endpoint: 'retention',
  parameters: [
    ['se', eventParameter(DEFAULT_EVENT_TYPE, ofSentiment(sentiment))],
    ['re', eventParameter('_active')],
    ['start', dayParameter(at(days.launch))],
    ['end', dayParameter(at(days.launch + WEEKS * 7 - 1))],
    ['i', '7'],
  ],
});
const queries = sentiments.map(queryOf);

const answerSchema = z.object({
  data: z.object({
    series: z.array(z.object({ combined: z.array(z.object({ count: z.number(), outof: z.number() })) })).length(1),
  }),
});

type Line = { sentiment: string; people: number; weeks: number[] };

const sentenceOf = (lines: Line[]): string => {
  const last = ({ weeks }: Line) => weeks.at(-1) ?? 0;
  const inWords = (line: Line) =>
    `${percent(last(line), line.people)} of the ${counted(line.people, 'person', 'people')} whose interview was ${line.sentiment}`;
  const [best] = lines.toSorted((one, other) => last(other) / other.people - last(one) / one.people);
  if (best === undefined) return 'Nobody has been interviewed yet.';
  const negative = lines.find(({ sentiment }) => sentiment === 'negative');
  if (negative === undefined) return `No interview was negative; in week ${WEEKS - 1} ${inWords(best)} came back.`;
  if (best === negative) return `In week ${WEEKS - 1} ${inWords(negative)} came back, more than of anybody else.`;
  return `Who was unhappy leaves: in week ${WEEKS - 1} after it, ${inWords(negative)} came back, and ${inWords(best)}.`;
};

/** Whose people come back, and whose leave. */
export const retentionBySentiment: Chart = {
  id: 'retention-by-sentiment',
  title: 'Retention after the interview, by sentiment',
  steps: [
    'Create → Chart → Retention Analysis.',
    `Starting event: \`${DEFAULT_EVENT_TYPE}\` *where* \`sentiment\` = negative. Return event: *Any Active Event*.`,
    'Measured as: *Return On* (once called N-Day), weekly.',
    'Save it, and make the same for each other sentiment; or leave the filter out and group by the user property `last_interview_sentiment`, which that event brings along.',
  ],
  pitfalls: [
    'Start at the interview, not at sign-up: who answers has stayed until then, so retention from sign-up flatters everybody who was asked.',
    'The interview is an event, too: who is asked counts as active in week 0. Mark it inactive in Amplitude Data if daily active users must not rise with it.',
    'The last weeks of young interviews are incomplete: show only weeks that have passed for everybody.',
    'A filter of the starting event costs nothing; the same as a segment (`last_interview_sentiment`) doubles the query’s cost.',
  ],
  queries: () => queries,
  read: async (ask) => {
    const lines: Line[] = [];
    for (const [place, sentiment] of sentiments.entries()) {
      const query = queries[place];
      if (query === undefined) continue;
      const [series] = answerSchema.parse(await ask(pathOf(query))).data.series;
      const [everybody, ...weeks] = series?.combined ?? [];
      if (everybody === undefined || everybody.outof === 0) continue;
      lines.push({ sentiment, people: everybody.outof, weeks: weeks.map(({ count }) => count) });
    }
    const names = Array.from({ length: WEEKS }, (_, week) => `week ${week}`);
    return {
      sentence: sentenceOf(lines),
      columns: ['sentiment', 'people', ...names],
      rows: lines.map(({ sentiment, people, weeks }) => [
        sentiment,
        people,
        ...weeks.map((count) => `${count} (${percent(count, people)})`),
      ]),
      drawing: {
        xAxis: { type: 'category', data: names, boundaryGap: false },
        yAxis: { type: 'value', min: 0, max: 100, axisLabel: { formatter: '{value} %' } },
        series: lines.map(({ sentiment, people, weeks }) => ({
          type: 'line',
          name: sentiment,
          symbolSize: 8,
          data: weeks.map((count) => hundredths(count, people)),
        })),
      },
      queries,
    };
  },
};
