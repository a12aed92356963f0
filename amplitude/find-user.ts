import * as z from 'zod';
import { isoOf, named, number, required, shallow, text, textList, utcMomentOf } from '../boundary/values.ts';
import { emailAmong, type Properties, plainName, propertiesByName, sampleCohortEntry } from './cohort-entry.ts';
import { paths } from './hosts.ts';
import { type AmplitudeRest, callRest, restData } from './rest.ts';

/** What people search by; taken byte for byte, as Amplitude compares ids. */
export const findUserInput = z.object({
  amplitude_user_id: named(required(text, 'must be text')),
});

/** https://amplitude.com/docs/apis/analytics/dashboard-rest#user-search (A19): user_id may be null. */
const wireMatches = z.object({
  matches: z.array(
    z
      .object({ user_id: text.nullable().catch(null), amplitude_id: text })
      .nullable()
      .catch(null),
  ),
});

/** https://amplitude.com/docs/apis/analytics/dashboard-rest#user-activity (A26). Null: the properties are not said. */
const wireActivity = z.object({
  userData: z.object({ properties: z.record(z.string(), shallow).nullable().catch(null) }),
});

/** A person Amplitude knows: what the last interview left, and what else is known of them. */
export const amplitudeUserSchema = z.object({
  id: z.string().meta({ title: "Amplitude's Own ID" }),
  amplitude_user_id: z.string(),
  email: z.string().nullable(),
  last_interview_at: z.iso.datetime().nullable(),
  last_interview_sentiment: z.string().nullable(),
  last_interview_themes: z.array(z.string()),
  last_interview_quality: z.number().nullable(),
  properties: z.record(z.string(), z.unknown()),
});
type AmplitudeUser = z.infer<typeof amplitudeUserSchema>;

/** The properties that have a key of their own. */
const OF_THEIR_OWN: readonly string[] = amplitudeUserSchema.keyof().options;

/** A person by Amplitude's own id, with the properties as they are now; null where Amplitude does not say them. */
type Found = { id: string; properties: Properties | null };

/**
 * The person with exactly this user id; null when there is none, and undefined when what was found may be the person.
 * Amplitude also matches device ids, its own ids and the beginnings of user ids, and answers with entries that have no
 * user id. Two calls, each of which may take `timeoutMilliseconds`. Throws a `VendorFailure`.
 */
export const lookUpPerson = async (
  amplitude: AmplitudeRest,
  userId: string,
  timeoutMilliseconds?: number,
): Promise<Found | null | undefined> => {
  const path = `${paths.userSearch}?user=${encodeURIComponent(userId.toWellFormed())}`;
  const { matches } = restData(await callRest(amplitude, 'GET', path, { timeoutMilliseconds }), wireMatches);
  const match = matches.find((candidate) => candidate?.user_id === userId);
  if (match) return { id: match.amplitude_id, properties: await propertiesOf(amplitude, match, timeoutMilliseconds) };
  return matches.every((candidate) => typeof candidate?.user_id === 'string') ? null : undefined;
};

/** The same as people see it; an entry that only may be the person is none. Throws a `VendorFailure`. */
export const findUser = async (amplitude: AmplitudeRest, userId: string): Promise<AmplitudeUser[]> => {
  const found = await lookUpPerson(amplitude, userId);
  return found ? [{ id: found.id, amplitude_user_id: userId, ...known(found.properties ?? {}) }] : [];
};

/** Of the events one is asked for, because fewer is not spoken of. */
const propertiesOf = async (
  amplitude: AmplitudeRest,
  { amplitude_id }: { amplitude_id: string },
  timeoutMilliseconds: number | undefined,
): Promise<Properties | null> => {
  const path = `${paths.userActivity}?${new URLSearchParams({ user: amplitude_id, limit: '1' })}`;
  return restData(await callRest(amplitude, 'GET', path, { timeoutMilliseconds }), wireActivity).userData.properties;
};

/** The moment is written in UTC, without saying so (`interview-event.ts`). */
const momentIn = (value: unknown): string | null => isoOf(utcMomentOf(value));

const known = (properties: Properties): Omit<AmplitudeUser, 'id' | 'amplitude_user_id'> => {
  const property = propertiesByName(properties);
  return {
    email: emailAmong(properties, 'email'),
    last_interview_at: momentIn(property('last_interview_at')),
    last_interview_sentiment: text.safeParse(property('last_interview_sentiment')).data || null,
    last_interview_themes: textList.safeParse(property('last_interview_themes')).data ?? [],
    last_interview_quality: number.safeParse(property('last_interview_quality')).data ?? null,
    properties: Object.fromEntries(
      Object.entries(properties).filter(([name]) => !OF_THEIR_OWN.includes(plainName(name))),
    ),
  };
};

/** What the editor shows before a real person was found. */
export const sampleAmplitudeUser: AmplitudeUser = {
  id: '356893043036',
  amplitude_user_id: sampleCohortEntry.amplitude_user_id,
  email: sampleCohortEntry.respondent_email,
  last_interview_at: '2026-05-24T11:41:22.000Z',
  last_interview_sentiment: 'negative',
  last_interview_themes: ['pricing confusion', 'onboarding friction', 'missing invoices'],
  last_interview_quality: 4,
  properties: sampleCohortEntry.properties,
};
