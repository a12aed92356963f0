/** What turns a cohort's members into people who entered it: Zapier's table of known ids is the list of members. */
import type { Bundle, ZObject } from 'zapier-platform-core';
import { type CohortEntry, emailAmong, holdsNoEmail, sampleWith } from '../amplitude/cohort-entry.ts';
import {
  cohortGone,
  cohortNotListed,
  EXPORTS_A_MONTH,
  MOST_EXPORTED,
  type Purpose,
} from '../amplitude/cohort-export.ts';
import { currentMembers, limits, type MembersAnswer, type StepTime } from '../amplitude/cohort-members.ts';
import { type Cohort, listCohorts } from '../amplitude/cohorts.ts';
import { isSampled } from '../amplitude/sampling.ts';
import { failure, type VendorFailure } from '../boundary/failure.ts';
import { shorten } from '../boundary/text.ts';
import { readInput } from '../boundary/values.ts';
import { type CohortInput, cohortInput } from './cohort-form.ts';
import { memoryIn, wasFound, wasMissing } from './cohort-memory.ts';
import { MEGABYTES_AT_ONCE, MOST_HANDED_ON, SAMPLES } from './limits.ts';
import { amplitudeThrough, guarded, stepTime } from './middleware.ts';

/** Zapier knows 105,000 ids a Zap (Z12): with room for those who come and go. A character has a byte at least. */
const most = { people: 60_000, characters: MOST_HANDED_ON } as const;

const counted = new Intl.NumberFormat('en-US');

const refusal = (words: string): VendorFailure => failure('Amplitude', 'data', 'cohort_too_large', words);

const sizeRefusal = ({ name }: Cohort, words: string): VendorFailure =>
  refusal(`The cohort ${shorten(name, 60)} has ${words}`);

/** Refuses a cohort that is too large before it costs an export. One of unknown size is judged by its file. */
const refuseTooLarge = (cohort: Cohort, percent: number): void => {
  const people = cohort.size ?? 0;
  if (people > MOST_EXPORTED) {
    throw sizeRefusal(
      cohort,
      `${counted.format(people)} people, and Amplitude exports ${counted.format(MOST_EXPORTED)} at most. Choose a narrower cohort.`,
    );
  }
  if ((people * percent) / 100 > most.people) {
    throw sizeRefusal(
      cohort,
      `${counted.format(people)} people; one Zap can keep track of ${counted.format(most.people)}. Set Sample Percent to ${Math.floor((most.people / people) * 100)} or less, or choose a narrower cohort.`,
    );
  }
};

/** The list of cohorts named fewer people than the file has, which is not read to its end. */
const moreThanListed = (cohort: Cohort): VendorFailure =>
  sizeRefusal(
    cohort,
    `more people than the ${counted.format(most.people)} that one Zap can keep track of. Set a smaller Sample Percent or choose a narrower cohort.`,
  );

const tooMuch = (): VendorFailure =>
  refusal(
    `What this cohort’s people bring is more than Zapier takes at once (${MEGABYTES_AT_ONCE} MB). Choose fewer Extra Properties, a smaller Sample Percent or a narrower cohort.`,
  );

/** In milliseconds, after a first look at the list. */
const SECOND_LOOK = 2_000;

const PREPARING =
  'Amplitude is still preparing this cohort (30 to 60 seconds). Turn the Zap on again in a minute; nobody was started.';

type NoMembers = Exclude<MembersAnswer, { state: 'members' }>;

/** What a person who waits is told when there are no members yet. */
const notYet = (answer: NoMembers): VendorFailure =>
  failure('Amplitude', answer.state === 'quota' ? 'wait' : 'retry', 'no_members_yet', whyNotYet(answer));

const whyNotYet = (answer: NoMembers): string => {
  if (answer.state === 'quota') return quotaUsedUp(answer.until);
  return answer.state === 'preparing' ? PREPARING : `Nobody was started: ${answer.because}. Try again in a minute.`;
};

const quotaUsedUp = (until: string | null): string =>
  `Amplitude's quota of cohort exports (${EXPORTS_A_MONTH} a month for the project) gives none until ${until ?? 'next month'}. Who enters until then triggers after that. Raise Export Every (Hours) in the project's Zaps.`;

const whyNothing = (answer: NoMembers): string => {
  if (answer.state === 'preparing') return 'Amplitude is preparing the export; the next poll goes on with it.';
  return answer.state === 'quota' ? quotaUsedUp(answer.until) : `Nothing to do: ${answer.because}.`;
};

const entriesOf = (
  answer: Extract<MembersAnswer, { state: 'members' }>,
  cohort: Cohort,
  input: CohortInput,
): CohortEntry[] =>
  answer.members.map(({ userId, properties }) => ({
    id: `${cohort.id}:${userId}`,
    cohort_id: cohort.id,
    cohort_name: cohort.name,
    amplitude_user_id: userId,
    respondent_email: emailAmong(properties, input.email_property),
    cohort_computed_at: answer.computedAt,
    properties: Object.fromEntries(input.extra_properties.map((name) => [name, properties[name] ?? null])),
  }));

const purposeOf = ({ isLoadingSample, isPopulatingDedupe }: Bundle['meta']): Purpose => {
  if (isPopulatingDedupe) return 'turn on';
  return isLoadingSample ? 'sample' : 'poll';
};

/**
 * Makes the trigger's `perform`: everybody who is in the cohort now, so that Zapier's table tells who is new. While the
 * Zap is turned on only the ids are given: they are all the table takes. What its polls could not hand on is refused then,
 * while a person looks on.
 */
export const cohortPerform = (givenTiming?: StepTime) =>
  guarded(async (z: ZObject, bundle: Bundle): Promise<(CohortEntry | Pick<CohortEntry, 'id'>)[]> => {
    const timing = givenTiming ?? stepTime();
    const startedAt = timing.now();
    const input = readInput('Amplitude', cohortInput, bundle.inputData);
    const purpose = purposeOf(bundle.meta);
    const amplitude = amplitudeThrough(z, bundle, limits[purpose].whole);
    const listed = async () => (await listCohorts(amplitude)).find(({ id }) => id === input.cohort_id);
    // Amplitude's list may lack a cohort for a while; only the next poll's look settles it.
    const cohort = (await listed()) ?? (await timing.sleep(SECOND_LOOK).then(listed));
    if (cohort === undefined) {
      const isSettled = purpose !== 'poll' || (await wasMissing(z, bundle, input.cohort_id));
      throw isSettled ? cohortGone() : cohortNotListed();
    }
    refuseTooLarge(cohort, input.sample_percent);

    // Beside what follows: a cache that hangs takes no time of its own.
    const noted = purpose === 'poll' ? wasFound(z, bundle, cohort.id) : undefined;
    const properties = [...new Set([input.email_property, ...input.extra_properties])];
    const answer = await currentMembers(amplitude, memoryIn(z, bundle, cohort.id, properties), timing, {
      cohort,
      properties,
      everyHours: input.export_every_hours,
      reader: String(bundle.meta.zap?.id),
      purpose,
      most,
      isWanted: (userId) => isSampled(cohort.id, userId, input.sample_percent),
      startedAt,
    });
    await noted;
    if (answer.state !== 'members') {
      z.console.log(whyNothing(answer));
      if (purpose === 'turn on') throw notYet(answer);
      if (purpose === 'poll') return [];
      if (answer.state === 'quota') throw notYet(answer);
      return [sampleWith(input.extra_properties)];
    }
    tell(z, answer, input.email_property);
    const { members } = answer;
    if (answer.isCutOff) throw members.length > most.people ? moreThanListed(cohort) : tooMuch();
    const shown = purpose === 'sample' ? members.slice(0, SAMPLES) : members;
    const entries = entriesOf({ ...answer, members: shown }, cohort, input);
    if (Buffer.byteLength(JSON.stringify(entries)) > MOST_HANDED_ON) throw tooMuch();
    return purpose === 'turn on' ? entries.map(({ id }) => ({ id })) : entries;
  });

const tell = (z: ZObject, answer: Extract<MembersAnswer, { state: 'members' }>, emailProperty: string): void => {
  z.console.log(`People of the sample in the export: ${answer.members.length}.`);
  if (answer.withoutUserId > 0)
    z.console.log(`Members left out, because they have no user id: ${answer.withoutUserId}.`);
  const odd = answer.members.filter(({ properties }) => holdsNoEmail(properties, emailProperty)).length;
  if (odd > 0) z.console.log(`Emails left out, because they are no address: ${odd}.`);
  if (answer.badRows.length > 0) z.console.log(badRowsInWords(answer.badRows));
  if (answer.missingProperties.length > 0) {
    z.console.log(`The export has no column for ${answer.missingProperties.join(', ')}.`);
  }
};

/** So many rows are named in the log. */
const NAMED_ROWS = 20;

const badRowsInWords = (rows: number[]): string => {
  const others = rows.length > NAMED_ROWS ? ` and ${rows.length - NAMED_ROWS} more` : '';
  const names = `${rows.slice(0, NAMED_ROWS).join(', ')}${others}`;
  return `Rows of the file left out, because they have more or fewer values than its header, or a stray quote: ${rows.length} (${names}).`;
};
