/**
 * The product that these people use, as its events arrive in Amplitude: 13 weeks of them. What somebody will say in their
 * interview shows in what they did before it and do after it, so that the charts have something true to show.
 */
import type { Arrival } from '../amplitude/users.ts';
import { DAYS_OF_ENTRY, type Person } from './cast.ts';

export const SECOND = 1_000;
export const HOUR = 3_600 * SECOND;
export const DAY = 24 * HOUR;

/** A Monday; the same from run to run, so that the charts are. */
const FIRST_DAY = Date.UTC(2026, 2, 2);
/** A moment, by the day since the story's first and the hour. */
export const at = (day: number, hour = 0): number => FIRST_DAY + day * DAY + hour * HOUR;

/** Days of the story: the first that somebody enters the cohort on, a new pricing page for half of all, the last. */
export const days = { launch: 56, pricingPage: 70, last: 91 } as const;
export const TRIAL_DAYS = 14;

export const productEvents = {
  signedUp: 'Signed Up',
  created: 'Created Project',
  invited: 'Invited Teammate',
  upgraded: 'Upgraded',
  opened: 'Opened App',
} as const;

/** The user property of the A/B test, and its two values. */
export const experiment = { property: 'pricing_page', values: ['control', 'treatment'] } as const;

/** How many of the people who name a theme first get that far in the product, before anybody asks them. */
const reach: Record<Person['mood']['themes'][0], { created: number; invited: number }> = {
  'pricing confusion': { created: 0.95, invited: 0.85 },
  'onboarding friction': { created: 0.45, invited: 0.4 },
  'fast setup': { created: 0.97, invited: 0.9 },
  'missing invoices': { created: 0.9, invited: 0.75 },
};

/** How many come back in each of the four weeks from the interview on, and how many upgrade after all. */
const future: Record<Person['mood']['sentiment'], { weeks: number[]; upgrade: number }> = {
  positive: { weeks: [0.98, 0.94, 0.9, 0.88], upgrade: 0.6 },
  neutral: { weeks: [0.95, 0.85, 0.78, 0.72], upgrade: 0.35 },
  mixed: { weeks: [0.92, 0.78, 0.68, 0.62], upgrade: 0.3 },
  negative: { weeks: [0.75, 0.42, 0.25, 0.14], upgrade: 0.05 },
};
const UPGRADES_IN_TRIAL = { control: 0.35, treatment: 0.62 };

/** A number from 0 up to 1 that is always the same for the same text. */
const chance = (text: string): number => {
  let hash = 2_166_136_261;
  for (let place = 0; place < text.length; place += 1) hash = Math.imul(hash ^ text.charCodeAt(place), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_507);
  hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
};

type Customer = { userId: string; email: string; name: string };

const variantOf = (userId: string): keyof typeof UPGRADES_IN_TRIAL =>
  chance(`${userId} page`) < 0.5 ? 'control' : 'treatment';

const event = (userId: string, eventType: string, time: number, userProperties = {}): Arrival => ({
  userId,
  deviceId: null,
  eventType,
  time,
  insertId: null,
  eventProperties: {},
  userProperties,
  skipsUserPropertiesSync: false,
});

const signUp = ({ userId, email, name }: Customer, day: number): Arrival =>
  event(userId, productEvents.signedUp, at(day, 8 + 8 * chance(`${userId} hour`)), {
    email,
    name,
    plan: 'trial',
    account_owner: `owner.${1 + Math.floor(3 * chance(`${userId} owner`))}@example.com`,
    [experiment.property]: variantOf(userId),
  });

const trialOf = (userId: string, day: number, reached: { created: number; invited: number }): Arrival[] => {
  const opened = [2, 5, 9].map((after) => event(userId, productEvents.opened, at(day + after, 10)));
  if (chance(`${userId} created`) >= reached.created) return opened;
  const created = event(userId, productEvents.created, at(day + 1, 11));
  if (chance(`${userId} invited`) >= reached.invited) return [...opened, created];
  return [...opened, created, event(userId, productEvents.invited, at(day + 3, 14))];
};

const upgrade = (userId: string, day: number): Arrival =>
  event(userId, productEvents.upgraded, at(day, 15), { plan: 'paid' });

/** Whether the person meets the new pricing page. */
const meetsNewPage = (userId: string, day: number): boolean =>
  variantOf(userId) === 'treatment' && day >= days.pricingPage;

/** Somebody of the cast: a trial without an upgrade, an interview, and what follows from it. */
const eventsOfPerson = ({ user_id: userId, email, name, mood, day }: Person): Arrival[] => {
  const asked = days.launch + day;
  const signedUp = asked - TRIAL_DAYS;
  const { weeks, upgrade: upgrades } = future[mood.sentiment];
  const returns = weeks.flatMap((share, week) =>
    chance(`${userId} week ${week}`) < share
      ? [event(userId, productEvents.opened, at(asked + week * 7 + 1 + Math.floor(5 * chance(`${userId} ${week}`)), 9))]
      : [],
  );
  const upgradeDay = asked + 6 + Math.floor(14 * chance(`${userId} upgrade day`));
  const helped = mood.themes[0] === 'pricing confusion' && meetsNewPage(userId, upgradeDay);
  const isUpgrading = chance(`${userId} upgrade`) < (helped ? 2 : 1) * upgrades;
  return [
    signUp({ userId, email, name }, signedUp),
    ...trialOf(userId, signedUp, reach[mood.themes[0]]),
    ...returns,
    ...(isUpgrading ? [upgrade(userId, upgradeDay)] : []),
  ];
};

/** Sign-ups of these days whose trial ends without an upgrade are the story's own people. */
const isOfTheCast = (signedUp: number): boolean =>
  signedUp >= days.launch - TRIAL_DAYS && signedUp <= days.launch - TRIAL_DAYS + DAYS_OF_ENTRY;

/** Everybody else: some upgrade within their trial, the others were in the cohort long before, or enter it too late. */
const eventsOfOther = (number: number): Arrival[] => {
  const userId = `customer_${String(number + 1).padStart(5, '0')}`;
  const signedUp = Math.floor((days.last - 5) * chance(`${userId} day`));
  const upgradeDay = signedUp + 4 + Math.floor(9 * chance(`${userId} upgrade day`));
  const share = UPGRADES_IN_TRIAL[meetsNewPage(userId, upgradeDay) ? 'treatment' : 'control'];
  const isUpgrading = chance(`${userId} upgrade`) < share;
  if (isOfTheCast(signedUp) && !isUpgrading) return [];
  return [
    signUp({ userId, email: `customer.${number + 1}@example.com`, name: `Customer ${number + 1}` }, signedUp),
    ...trialOf(userId, signedUp, isUpgrading ? reach['fast setup'] : reach['missing invoices']),
    ...(isUpgrading ? [upgrade(userId, upgradeDay)] : []),
  ];
};

const FEWEST_OTHERS = 600;
const MOST_OTHERS = 2_000;

/** The product's events of these people and of everybody else, in the order of their time; `until` gives the next ones. */
export const productOf = (people: readonly Person[]): { until: (moment: number) => Arrival[] } => {
  const others = Math.min(MOST_OTHERS, Math.max(FEWEST_OTHERS, people.length));
  const all = [
    ...people.flatMap(eventsOfPerson),
    ...Array.from({ length: others }, (_, number) => eventsOfOther(number)).flat(),
  ]
    .map((arrival) => ({ arrival, time: arrival.time ?? 0 }))
    .sort((one, other) => one.time - other.time);
  let sent = 0;
  return {
    until: (moment) => {
      const before = sent;
      while ((all[sent]?.time ?? Number.POSITIVE_INFINITY) <= moment) sent += 1;
      return all.slice(before, sent).map(({ arrival }) => arrival);
    },
  };
};
