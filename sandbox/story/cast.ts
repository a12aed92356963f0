/** Who takes part, what becomes of each, and what they say. */
import type { Outcome } from '../koji/interviews.ts';

/** What becomes of a person, by their place in every twenty. */
export const stories = {
  good: 'a good interview',
  flagged: 'held in anonymous mode',
  withheld: 'gave no email and no id',
  poor: 'quality 2, below the gate',
  unscored: 'analyzed without a score',
  silent: 'has not answered yet',
} as const;
export type Story = keyof typeof stories;
const storyByPlace: Record<number, Story> = {
  3: 'flagged',
  8: 'poor',
  11: 'withheld',
  14: 'unscored',
  16: 'silent',
  18: 'poor',
};

/** What people say, one after the other. */
const moods = [
  { sentiment: 'negative', themes: ['pricing confusion', 'onboarding friction', 'missing invoices'], quality_score: 4 },
  { sentiment: 'positive', themes: ['fast setup', 'friendly support'], quality_score: 5 },
  { sentiment: 'mixed', themes: ['pricing confusion', 'fast setup 🙂'], quality_score: 3 },
  { sentiment: 'negative', themes: ['onboarding friction', 'pricing confusion'], quality_score: 4 },
  { sentiment: 'positive', themes: ['fast setup'], quality_score: 4 },
  { sentiment: 'mixed', themes: ['onboarding friction', 'friendly support'], quality_score: 3 },
  { sentiment: 'neutral', themes: ['missing invoices'], quality_score: 3 },
] as const;
export type Mood = (typeof moods)[number];

/** Somebody whose trial ends without an upgrade; `day` counts from the first on which somebody enters the cohort. */
export type Person = {
  number: number;
  user_id: string;
  email: string;
  name: string;
  story: Story;
  mood: Mood;
  day: number;
};

/** The story needs its whole cast. */
export const FEWEST_PEOPLE = 20;
/** Even so many are started and answer within the day on which they enter. */
export const MOST_PEOPLE = 20_000;
/** On so many days people enter the cohort. */
export const DAYS_OF_ENTRY = 5;

/** Special deliveries, and the people they are about. */
export const cast = { knownAlready: 0, deliveredTwice: 5, forged: 6, otherEvent: 7 } as const;

export const peopleOf = (count: number): Person[] => Array.from({ length: count }, (_, number) => personOf(number));

const personOf = (number: number): Person => ({
  number,
  user_id: `user_${String(number + 1).padStart(5, '0')}`,
  email: `person.${number + 1}@example.com`,
  name: `Person ${number + 1}`,
  story: storyByPlace[number % 20] ?? 'good',
  mood: moods[number % moods.length] ?? moods[0],
  day: number % DAYS_OF_ENTRY,
});

/** How the interview of somebody who answers ends. */
export const outcomeOf = ({ story, mood }: Person): Outcome => {
  const outcome = { ...mood, themes: [...mood.themes] };
  if (story === 'flagged')
    return { ...outcome, anonymous: { flag: 'anonymous', at: 'interview', hides: 'nothing' } as const };
  if (story === 'withheld') return { ...outcome, anonymous: true as const };
  if (story === 'poor') return { ...outcome, quality_score: 2 };
  return story === 'unscored' ? { ...outcome, quality_score: null } : outcome;
};
