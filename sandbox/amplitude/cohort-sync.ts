import type { AmplitudeState, Tenant } from './state.ts';
import type { AmplitudeUser } from './users.ts';

/** Where a cohort's sync goes: the address, the headers that people add, and the user properties that they tick (A18). */
export type CohortDestination = { url: string; headers: Record<string, string>; properties: string[] };

/** How many people one delivery has; no number is given (A18). */
const MOST_USERS = 1000;

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

type Told = { user_id: string; user_properties: Record<string, unknown> };

/** A18, the default payload. `message` tells it from the others of this cohort and direction. */
export const told = (
  cohort: { id: string; name: string; computedAt: number },
  direction: 'enter' | 'exit',
  message: string,
  users: Told[],
): object => ({
  cohort_name: cohort.name,
  cohort_id: cohort.id,
  in_cohort: direction === 'enter',
  computed_time: String(cohort.computedAt),
  message_id: `${cohort.id}-${message}`,
  users,
});

/** Those who entered and those who left, in deliveries of their own. */
export const syncCohort = async (
  { now }: AmplitudeState,
  { cohorts, synced, users }: Tenant,
  cohortId: string,
  { url, headers, properties }: CohortDestination,
): Promise<void> => {
  const cohort = cohorts.get(cohortId);
  if (cohort === undefined) throw new Error(`The sandbox has no cohort ${cohortId}.`);
  const before = synced.get(url) ?? new Set();
  // Who has no user id can't be told (A18).
  const inIt = new Set(cohort.users.flatMap(({ userId }) => (userId === null ? [] : [userId])));
  synced.set(url, inIt);

  const tell = async (direction: 'enter' | 'exit', userIds: string[]): Promise<void> => {
    for (let first = 0; first < userIds.length; first += MOST_USERS) {
      const batch = userIds.slice(first, first + MOST_USERS);
      const members = batch.map((userId) => ({
        user_id: userId,
        user_properties: ticked(users.user(userId), properties),
      }));
      const body = told(cohort, direction, `${seconds(now())}::${direction}::${first / MOST_USERS}`, members);
      await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'Amplitude/Webhook/1.0', ...headers },
        body: JSON.stringify(body),
      });
    }
  };
  await tell(
    'enter',
    [...inIt].filter((userId) => !before.has(userId)),
  );
  await tell(
    'exit',
    [...before].filter((userId) => !inIt.has(userId)),
  );
};

const ticked = (user: AmplitudeUser | undefined, properties: string[]): Record<string, unknown> =>
  Object.fromEntries(
    properties.flatMap((name) => {
      const value = user?.properties[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
