import { VendorFailure } from '../boundary/failure.ts';
import { momentOf } from '../boundary/values.ts';
import { findUser } from './find-user.ts';
import type { AmplitudeRest } from './rest.ts';

/** Two calls before an event, which has a time limit of its own; each has so many milliseconds. */
const TIMEOUT_MILLISECONDS = 3_000;

/**
 * When the last interview ended that Amplitude has of a person, in milliseconds since 1970; null when it has none, and
 * undefined when it doesn't say. Throws nothing: not knowing must not keep an event from being written.
 */
export const lastInterviewAt = async (amplitude: AmplitudeRest, userId: string): Promise<number | null | undefined> => {
  try {
    const [user] = await findUser(amplitude, userId, TIMEOUT_MILLISECONDS);
    return momentOf(user?.last_interview_at);
  } catch (error) {
    if (error instanceof VendorFailure) return undefined;
    throw error;
  }
};
