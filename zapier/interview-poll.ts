/** What the trigger that polls Koji's list shares with no other: how far it looks back, and how much it hands on at once. */
import type { Bundle, ZObject } from 'zapier-platform-core';
import * as z from 'zod';
import { DAY } from '../boundary/durations.ts';
import { fingerprint } from '../boundary/text.ts';
import { readInput } from '../boundary/values.ts';
import { gate, gateRules } from '../koji/gate.ts';
import type { Interview } from '../koji/interview.ts';
import { analyzedSince, furthest, latestWanted, noList } from '../koji/list.ts';
import { projectOf } from '../koji/project.ts';
import { DAY_SECONDS, fromCache } from './cache.ts';
import { kojiKeyOf } from './connection.ts';
import { MEGABYTES_AT_ONCE, MOST_HANDED_ON, SAMPLES } from './limits.ts';
import { guarded, kojiThrough } from './middleware.ts';

/**
 * Zapier knows by their ids what it had, so each poll looks at a whole week: a Zap that was held, throttled or failing
 * for less misses nothing, as long as no more interviews came than one reading takes.
 */
const poll = { since: () => Date.now() - 7 * DAY, bounds: furthest };

/**
 * Turning on reads further back than any poll, in time and in number, and in each list that one may read: whatever a poll
 * may meet of it is known by then. It counts from the newest interview, so that a clock that is ahead leaves nothing out.
 */
const turningOn = {
  since: (newest: number) => Math.min(Date.now(), newest) - 14 * DAY,
  bounds: { interviews: furthest.interviews + 100, pages: furthest.pages + 4 },
};

const INSTEAD =
  "So this trigger can't work here. Use Start Interview, then Delay, then Find Interview by its Interview ID.";

/**
 * The trigger's `perform`: the interviews that pass the gate; while the Zap is turned on the ids of all analyzed
 * ones, so that no later setting makes them new.
 */
export const interviewPoll = guarded(
  async (z: ZObject, bundle: Bundle): Promise<(Interview | Pick<Interview, 'id'>)[]> => {
    const rules = readInput('Koji', gateRules, bundle.inputData);
    const passes = (interview: Interview): boolean => gate(interview, rules) === null;
    const { isLoadingSample, isPopulatingDedupe } = bundle.meta;

    if (isLoadingSample) {
      const samples = await latestWanted(kojiThrough(z), passes, SAMPLES, rules.study_id);
      if (samples === null) throw noList(INSTEAD);
      return samples;
    }
    const { since, bounds } = isPopulatingDedupe ? turningOn : poll;
    const parcel = isPopulatingDedupe ? null : parcelOf(await handedOn(z, bundle));
    const keep = (interview: Interview) => {
      if (parcel === null) return interview.is_analyzed ? { id: interview.id } : null;
      return passes(interview) ? parcel.add(interview) : null;
    };
    // The list of all studies may end before that of the one that polls ask for.
    const lists = isPopulatingDedupe && rules.study_id !== undefined ? [undefined, rules.study_id] : [rules.study_id];
    const koji = kojiThrough(z);
    const readings = await Promise.all(lists.map((study) => analyzedSince(koji, since, bounds, keep, study)));
    const analyzed = readings.filter((reading) => reading !== null);
    if (analyzed.length < readings.length) throw noList(INSTEAD);
    for (const note of analyzed.flatMap(({ notes }) => notes)) z.console.log(note);
    if (parcel !== null && parcel.left() > 0) {
      z.console.log(`One poll holds ${MEGABYTES_AT_ONCE} MB; interviews left for the next one: ${parcel.left()}`);
      await remember(z, bundle, parcel.known());
    }
    return [...new Map(analyzed.flatMap(({ kept }) => kept).map((interview) => [interview.id, interview])).values()];
  },
);

/** As many interviews as one answer holds, without those that an earlier, full one had. */
const parcelOf = (known: Set<string>) => {
  let bytes = 0;
  let left = 0;
  return {
    add: (interview: Interview): Interview | null => {
      if (known.has(interview.id)) return null;
      const size = Buffer.byteLength(JSON.stringify(interview));
      if (bytes + size > MOST_HANDED_ON) {
        left += 1;
        return null;
      }
      bytes += size;
      known.add(interview.id);
      return interview;
    },
    left: () => left,
    known: () => [...known],
  };
};

const memoryOf = ({ authData, meta, inputData }: Bundle): string =>
  `handed-on-${fingerprint(JSON.stringify([projectOf(kojiKeyOf(authData)), meta.zap?.id, inputData]))}`;

const ids = z.array(z.string());

/** What earlier polls handed on while not everything fitted; nothing where the cache does not know. */
const handedOn = async ({ cache }: ZObject, bundle: Bundle): Promise<Set<string>> => {
  const known: unknown = await fromCache(cache.get(memoryOf(bundle))).catch(() => undefined);
  return new Set(ids.safeParse(known).data);
};

const remember = async ({ cache }: ZObject, bundle: Bundle, known: string[]): Promise<void> => {
  await fromCache(cache.set(memoryOf(bundle), known, DAY_SECONDS)).catch(() => undefined);
};
