import * as z from 'zod';
import { DEFAULT_EVENT_TYPE } from '../../amplitude/interview-event.ts';
import { DAYS_OF_ENTRY } from '../story/cast.ts';
import { at, DAY, days, productEvents, TRIAL_DAYS } from '../story/product.ts';
import {
  type Chart,
  counted,
  dayParameter,
  eventParameter,
  hundredths,
  interviewed,
  pathOf,
  percent,
  type Query,
} from './chart.ts';

const steps = [productEvents.signedUp, productEvents.created, productEvents.invited, productEvents.upgraded];
const WINDOW_DAYS = 45;
/** So many themes are shown, the most frequent ones. */
const MOST_THEMES = 3;
/** Of fewer people at a step nothing is said: one person is no share. */
const LEAST_GROUP = 2;

const themesQuery: Query = {
  endpoint: 'events/segmentation',
  parameters: [
    ['e', eventParameter(DEFAULT_EVENT_TYPE, { group_by: [{ type: 'event', value: 'theme_top_1' }] })],
    ['start', dayParameter(at(days.launch))],
    ['end', dayParameter(at(days.launch + DAYS_OF_ENTRY))],
    ['m', 'uniques'],
  ],
};

const funnelQuery = (themes: string[]): Query => ({
  endpoint: 'funnels',
  parameters: [
    ...steps.map((step): [string, string] => ['e', eventParameter(step)]),
    ['start', dayParameter(at(days.launch - TRIAL_DAYS))],
    ['end', dayParameter(at(days.launch - TRIAL_DAYS + DAYS_OF_ENTRY - 1))],
    ['cs', String((WINDOW_DAYS * DAY) / 1000)],
    ['s', interviewed(DEFAULT_EVENT_TYPE)],
    ...themes.map((theme): [string, string] => ['s', interviewed(DEFAULT_EVENT_TYPE, theme)]),
  ],
});

const themesAnswer = z.object({ data: z.object({ seriesLabels: z.array(z.union([z.string(), z.number()])) }) });
const funnelAnswer = z.object({ data: z.array(z.object({ cumulativeRaw: z.array(z.number()) })) });

type Group = { name: string; reached: number[] };

/** The theme and the step at which it loses most, compared with everybody. */
const worst = ([everybody, ...themes]: Group[]) => {
  const gaps = themes.flatMap(({ name, reached }) =>
    reached.slice(1).map((count, before) => {
      const stays = (group: number[]) => (group[before] ? (group[before + 1] ?? 0) / group[before] : 1);
      return { name, before, count, of: reached[before] ?? 0, gap: stays(everybody?.reached ?? []) - stays(reached) };
    }),
  );
  return gaps.filter(({ of }) => of >= LEAST_GROUP).toSorted((one, other) => other.gap - one.gap)[0];
};

const sentenceOf = (groups: Group[]): string => {
  const all = groups[0]?.reached ?? [];
  if (all[0] === undefined || all[0] === 0) return 'Nobody of these sign-ups has been interviewed yet.';
  const found = worst(groups);
  if (found === undefined || found.gap <= 0) {
    return `Of ${counted(all[0], 'person', 'people')} interviewed, ${percent(all.at(-1) ?? 0, all[0])} upgraded; no theme stands out at any step.`;
  }
  const { name, before, count, of } = found;
  return `Who speaks of “${name}” first is lost between ${steps[before]} and ${steps[before + 1]}: ${percent(count, of)} of ${of} get there, of everybody interviewed ${percent(all[before + 1] ?? 0, all[before] ?? 0)} of ${all[before]}.`;
};

/** Where people drop off, and what they say. */
export const funnelByTheme: Chart = {
  id: 'funnel-by-theme',
  title: 'Onboarding funnel, split by theme',
  steps: [
    `Create → Chart → Funnel Analysis. Events, in this order: ${steps.map((step) => `*${step}*`).join(', ')}.`,
    `Measured as: *…completed within* ${WINDOW_DAYS} days.`,
    `Segment: *+ Filter* → *Users who performed* \`${DEFAULT_EVENT_TYPE}\`, count ≥ 1, any time (on older screens *+ Performed*). Name it “everybody interviewed”.`,
    '*+ Add Segment* for each theme: the same, *where* `theme_top_1` = the theme.',
    'Choose the days on which these people signed up.',
  ],
  pitfalls: [
    'Do not group by `last_interview_themes`: a property counts as it was at the event’s time, and these steps come before the interview, so everybody would be in “(none)”. “Who performed” asks about the person, whenever it was.',
    '`theme_top_1` is one text. Whether a list is split into its elements is not stated, so use a list with *set contains* alone.',
    'Only people who were asked and answered are in it: compare themes with “everybody interviewed”, not with all sign-ups.',
  ],
  queries: (themes) => [themesQuery, funnelQuery(themes)],
  read: async (ask) => {
    const { seriesLabels } = themesAnswer.parse(await ask(pathOf(themesQuery))).data;
    const themes = seriesLabels
      .filter((label): label is string => typeof label === 'string' && label !== '(none)')
      .slice(0, MOST_THEMES);
    const query = funnelQuery(themes);
    const answer = funnelAnswer.parse(await ask(pathOf(query))).data;
    const groups = ['everybody interviewed', ...themes].map((name, place) => ({
      name,
      reached: answer[place]?.cumulativeRaw ?? [],
    }));
    return {
      sentence: sentenceOf(groups),
      columns: ['step', ...groups.map(({ name }) => name)],
      rows: steps.map((step, place) => [
        step,
        ...groups.map(({ reached }) => `${reached[place] ?? 0} (${percent(reached[place] ?? 0, reached[0] ?? 0)})`),
      ]),
      drawing: {
        xAxis: { type: 'category', data: steps },
        yAxis: { type: 'value', max: 100, axisLabel: { formatter: '{value} %' } },
        series: groups.map(({ name, reached }) => ({
          type: 'bar',
          name,
          data: reached.map((count) => hundredths(count, reached[0] ?? 0)),
        })),
      },
      queries: [themesQuery, query],
    };
  },
};
