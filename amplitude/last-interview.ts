import { VendorFailure } from '../boundary/failure.ts';
import { given, utcMomentOf } from '../boundary/values.ts';
import { propertiesByName } from './cohort-entry.ts';
import { lookUpPerson } from './find-user.ts';
import type { AmplitudeRest } from './rest.ts';

/** Two calls before an event, which has a time limit of its own; each has so many milliseconds. */
const TIMEOUT_MILLISECONDS = 3_000;

/**
 * When the last interview ended that Amplitude has of a person, in milliseconds since 1970; null when it has none, and
 * undefined when it doesn't say, or not in a way that can be read. Throws nothing: not knowing must not keep an event from being written.
 */
export const lastInterviewAt = async (amplitude: AmplitudeRest, userId: string): Promise<number | null | undefined> => {
  try {
    const person = await lookUpPerson(amplitude, userId, TIMEOUT_MILLISECONDS);
    if (!person?.properties) return person === null ? null : undefined;
    const written = given.parse(propertiesByName(person.properties)('last_interview_at'));
    return written === undefined ? null : (utcMomentOf(written) ?? undefined);
  } catch (error) {
    if (error instanceof VendorFailure) return undefined;
    throw error;
  }
};
