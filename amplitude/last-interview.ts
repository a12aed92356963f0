import * as z from 'zod';
import { VendorFailure } from '../boundary/failure.ts';
import { momentOf } from '../boundary/values.ts';
import { findUser } from './find-user.ts';
import { type AmplitudeRest, callRest, restData } from './rest.ts';

/** https://amplitude.com/docs/apis/analytics/dashboard-rest#user-activity (A26). */
const wireActivity = z.object({
  userData: z.object({ properties: z.looseObject({ last_interview_at: z.unknown().optional() }) }),
});

/** Two calls before an event, which has a time limit of its own; each has so many milliseconds. */
const TIMEOUT_MILLISECONDS = 3_000;

/**
 * When the last interview ended that Amplitude has of a person, in milliseconds since 1970; null when it has none, and
 * undefined when it doesn't say. Throws nothing: not knowing must not keep an event from being written.
 */
export const lastInterviewAt = async (amplitude: AmplitudeRest, userId: string): Promise<number | null | undefined> => {
  try {
    const [user] = await findUser(amplitude, userId, TIMEOUT_MILLISECONDS);
    if (user === undefined) return null;
    const path = `/api/2/useractivity?${new URLSearchParams({ user: user.id, limit: '1' })}`;
    const reply = await callRest(amplitude, 'GET', path, { timeoutMilliseconds: TIMEOUT_MILLISECONDS });
    // It is written in UTC, without saying so (`interview-event.ts`).
    return momentOf(`${restData(reply, wireActivity).userData.properties.last_interview_at}Z`);
  } catch (error) {
    if (error instanceof VendorFailure) return undefined;
    throw error;
  }
};
