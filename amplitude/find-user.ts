import * as z from 'zod';
import { named, required, text } from '../boundary/values.ts';
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

/** A person Amplitude knows. */
export const amplitudeUserSchema = z.object({
  id: z.string().meta({ title: 'Amplitude ID' }),
  amplitude_user_id: z.string().meta({ title: 'Amplitude User ID' }),
});
export type AmplitudeUser = z.infer<typeof amplitudeUserSchema>;

/**
 * The person with exactly this user id. Amplitude also matches device ids, its own ids and the beginnings of user ids,
 * and answers with entries that have no user id; none of these is the person. Throws a `VendorFailure`.
 */
export const findUser = async (
  amplitude: AmplitudeRest,
  userId: string,
  timeoutMilliseconds?: number,
): Promise<AmplitudeUser[]> => {
  const path = `/api/2/usersearch?user=${encodeURIComponent(userId)}`;
  const { matches } = restData(await callRest(amplitude, 'GET', path, { timeoutMilliseconds }), wireMatches);
  return matches.flatMap((match) =>
    match?.user_id === userId ? [{ id: match.amplitude_id, amplitude_user_id: userId }] : [],
  );
};

/** What the editor shows before a real person was found. */
export const sampleAmplitudeUser: AmplitudeUser = { id: '356893043036', amplitude_user_id: 'user_10042' };
