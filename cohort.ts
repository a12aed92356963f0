/** What turns a cohort's members into people who entered it: Zapier's table of known ids is the list of members. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bundle, defineInputFields, type ZObject } from 'zapier-platform-core';
import * as z from 'zod';
import { type CohortEntry, emailAmong, memberRules, sampleCohortEntry } from './amplitude/cohort-entry.ts';
import {
  cohortGone,
  EXPORTS_A_MONTH,
  exportJob,
  MOST_EXPORTED,
  type Purpose,
  periods,
} from './amplitude/cohort-export.ts';
import { currentMembers, type ExportMemory, type MembersAnswer, type Timing } from './amplitude/cohort-members.ts';
import { type Cohort, listCohorts } from './amplitude/cohorts.ts';
import { isSampled } from './amplitude/sampling.ts';
import { type FailureKind, VendorFailure } from './boundary/failure.ts';
import { number, optional, readInput, required, resolved, trimmedText } from './boundary/values.ts';
import { amplitudeKeysOf } from './connection.ts';
import { SAMPLES } from './hook.ts';
import { fingerprint } from './koji/project.ts';
import { amplitudeThrough, guarded } from './middleware.ts';

const DEFAULT_HOURS = 3;
const LONGEST_HOURS = 168;

/** Zapier's own bounds (Amplitude contract §4.6): 105,000 known ids a Zap, with room for those who come and go, and 20 MB an answer. */
const most = { people: 60_000, bytes: 19_000_000 } as const;

const cohortInput = memberRules.extend({
  cohort_id: resolved(required(trimmedText, 'must be the id of a cohort')).meta({ title: 'Cohort' }),
  export_every_hours: optional(
    number.pipe(z.number().min(1).max(LONGEST_HOURS)),
    `must be a number of hours from 1 to ${LONGEST_HOURS}`,
  )
    .transform((hours) => hours ?? DEFAULT_HOURS)
    .meta({ title: 'Export Every (Hours)' }),
});
type CohortInput = z.infer<typeof cohortInput>;

export const cohortFields = defineInputFields([
  {
    key: 'cohort_id',
    label: 'Cohort',
    type: 'string',
    required: true,
    dynamic: 'cohort_list.id.name',
    search: 'find_cohort.id',
    helpText:
      'Whoever enters this cohort from now on triggers; those who are in it when the Zap is turned on do not. Amplitude prepares its first export for about a minute: test this step, then turn the Zap on.',
  },
  {
    key: 'email_property',
    label: 'Email Property',
    type: 'string',
    required: false,
    default: 'email',
    helpText: 'The user property in Amplitude that holds the email. Without one, Respondent Email stays empty.',
  },
  {
    key: 'sample_percent',
    label: 'Sample Percent',
    type: 'number',
    required: false,
    default: '100',
    helpText:
      'How many in a hundred trigger; always the same people. Zapier holds more than 100 new people at once until you confirm them. If you raise this while the Zap is on, people who have been in the cohort for long trigger as well.',
  },
  {
    key: 'export_every_hours',
    label: 'Export Every (Hours)',
    type: 'number',
    required: false,
    default: String(DEFAULT_HOURS),
    helpText: `A new computation of the cohort is looked at this often at most. Amplitude allows a project ${EXPORTS_A_MONTH} exports a month: every ${DEFAULT_HOURS} hours are about 250 for one cohort.`,
  },
  {
    key: 'extra_properties',
    label: 'Extra Properties',
    type: 'string',
    list: true,
    required: false,
    helpText: 'More user properties to hand on, by their names in Amplitude.',
  },
]);

const CACHE_MILLISECONDS = 2_000;
const JOB_SECONDS = periods.link / 1_000;
const CLAIM_SECONDS = 600;

/** Gives up after 2 seconds: a cache that hangs is not given up by core (Zapier contract §3). */
const within2Seconds = async <Value>(asking: Promise<Value>): Promise<Value> => {
  const timer = new AbortController();
  const late = sleep(CACHE_MILLISECONDS, undefined, { signal: timer.signal }).then(() => {
    throw new Error('The cache does not answer.');
  });
  try {
    return await Promise.race([asking, late]);
  } finally {
    timer.abort();
    late.catch(() => {});
  }
};

/**
 * The memory of one cohort's export in Zapier's cache, shared by all Zaps that want the same of it. After the first
 * trouble the cache is left alone for the rest of the step, so that it can hold one up by 2 seconds in all.
 */
const memoryIn = ({ cache }: ZObject, bundle: Bundle, cohortId: string, properties: string[]): ExportMemory => {
  const project = amplitudeKeysOf(bundle.authData).amplitude_api_key ?? '';
  const key = fingerprint(JSON.stringify(['cohort-export', project, cohortId, properties.toSorted()]));
  const claim = `${key}-claim`;
  let isBroken = false;
  const ask = async <Value, Otherwise>(asking: () => Promise<Value>, otherwise: Otherwise) => {
    if (isBroken) return otherwise;
    try {
      return await within2Seconds(asking());
    } catch {
      isBroken = true;
      return otherwise;
    }
  };
  return {
    read: () =>
      ask(
        async () =>
          exportJob
            .nullable()
            .catch(null)
            .parse(await cache.get(key)),
        'no answer' as const,
      ),
    // Also false when the cache is too busy to say: better no export now than one at each poll.
    claim: () => ask(async () => (await cache.set(claim, true, CLAIM_SECONDS, undefined, true)) === true, false),
    release: async () => {
      await ask(() => cache.delete(claim), false);
    },
    write: (job) => ask(async () => (await cache.set(key, job, JOB_SECONDS)) === true, false),
  };
};

const failure = (kind: FailureKind, code: string, message: string) =>
  new VendorFailure(message, { service: 'Amplitude', kind, code, status: 0 });

const counted = new Intl.NumberFormat('en-US');

/** Refuses what can't work, before it costs an export. A cohort whose size is unknown is judged by its file. */
const refuseTooLarge = ({ name, size }: Cohort, percent: number): void => {
  const people = size ?? 0;
  if (people > MOST_EXPORTED) {
    throw failure(
      'data',
      'cohort_too_large',
      `The cohort ${name.slice(0, 60)} has ${counted.format(people)} people, and Amplitude exports ${counted.format(MOST_EXPORTED)} at most. Choose a narrower cohort.`,
    );
  }
  if ((people * percent) / 100 > most.people) throw tooMany(name, people);
};

const tooMany = (name: string, people: number): VendorFailure =>
  failure(
    'data',
    'cohort_too_large',
    `The cohort ${name.slice(0, 60)} has ${counted.format(people)} people; one Zap can keep track of ${counted.format(most.people)}. Set Sample Percent to ${Math.floor((most.people / people) * 100)} or less, choose a narrower cohort, or use Amplitude's cohort webhook.`,
  );

/** One answer may have 20 MB (Zapier contract §3). */
const refuseTooMuch = (items: object[]): void => {
  if (Buffer.byteLength(JSON.stringify(items)) <= most.bytes) return;
  throw failure(
    'data',
    'answer_too_large',
    'What this cohort’s people bring is more than Zapier takes at once (20 MB). Choose fewer Extra Properties, a smaller Sample Percent or a narrower cohort.',
  );
};

const PREPARING =
  'Amplitude is still preparing this cohort (30 to 60 seconds). Turn the Zap on again in a minute; nobody was started.';

/** Why a person who waits gets nothing. */
const notYet = (answer: Exclude<MembersAnswer, { state: 'members' }>): VendorFailure => {
  if (answer.state === 'preparing') return failure('retry', 'preparing', PREPARING);
  if (answer.state === 'quota') return failure('wait', 'quota_used_up', quotaUsedUp(answer.until));
  return failure('retry', 'no_export', `Nobody was started: ${answer.because}. Try again in a minute.`);
};

const quotaUsedUp = (until: string | null): string =>
  `Amplitude's quota of cohort exports (${EXPORTS_A_MONTH} a month for the project) gives none until ${until ?? 'next month'}. Who enters until then triggers after that. Raise Export Every (Hours) in the project's Zaps.`;

const whyNothing = (answer: Exclude<MembersAnswer, { state: 'members' }>): string => {
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

const purposeOf = ({ isLoadingSample, isPopulatingDedupe }: Partial<Bundle['meta']>): Purpose => {
  if (isPopulatingDedupe) return 'turn on';
  return isLoadingSample ? 'sample' : 'poll';
};

const realTime: Timing = { now: Date.now, sleep: (milliseconds) => sleep(milliseconds) };

/**
 * Makes the trigger's `perform`: everybody who is in the cohort now, so that Zapier's table tells who is new. While the
 * Zap is turned on only the ids are given: they are all the table takes.
 */
export const cohortPerform = (timing: Timing = realTime) =>
  guarded(async (z: ZObject, bundle: Bundle): Promise<(CohortEntry | Pick<CohortEntry, 'id'>)[]> => {
    const startedAt = timing.now();
    const input = readInput('Amplitude', cohortInput, bundle.inputData);
    const amplitude = amplitudeThrough(z, bundle);
    const cohort = (await listCohorts(amplitude)).find(({ id }) => id === input.cohort_id);
    if (cohort === undefined) throw cohortGone();
    refuseTooLarge(cohort, input.sample_percent);

    const purpose = purposeOf(bundle.meta ?? {});
    const properties = [...new Set([input.email_property, ...input.extra_properties])];
    const answer = await currentMembers(amplitude, memoryIn(z, bundle, cohort.id, properties), timing, {
      cohort,
      properties,
      everyHours: input.export_every_hours,
      purpose,
      isWanted: (userId) => isSampled(cohort.id, userId, input.sample_percent),
      startedAt,
    });
    if (answer.state !== 'members') {
      z.console.log(whyNothing(answer));
      if (purpose === 'turn on') throw notYet(answer);
      if (purpose === 'poll') return [];
      if (answer.state === 'quota') throw notYet(answer);
      return [sampleCohortEntry];
    }
    tell(z, answer);
    const { members } = answer;
    if (members.length > most.people)
      throw tooMany(cohort.name, Math.round((members.length / input.sample_percent) * 100));
    if (purpose === 'turn on') return members.map(({ userId }) => ({ id: `${cohort.id}:${userId}` }));
    if (purpose === 'sample') return entriesOf({ ...answer, members: members.slice(0, SAMPLES) }, cohort, input);
    const entries = entriesOf(answer, cohort, input);
    refuseTooMuch(entries);
    return entries;
  });

const tell = (z: ZObject, answer: Extract<MembersAnswer, { state: 'members' }>): void => {
  z.console.log(`The export has ${answer.members.length} people of the sample.`);
  if (answer.withoutUserId > 0) z.console.log(`${answer.withoutUserId} members without a user id were left out.`);
  if (answer.missingProperties.length > 0) {
    z.console.log(`The export has no column for ${answer.missingProperties.join(', ')}.`);
  }
};
