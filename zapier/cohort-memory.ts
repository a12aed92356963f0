/** What a cohort's poll remembers from one run to the next. */
import type { Bundle, ZObject } from 'zapier-platform-core';
import { exportJob, periods } from '../amplitude/cohort-export.ts';
import type { ExportMemory } from '../amplitude/cohort-members.ts';
import { fingerprint } from '../boundary/text.ts';
import { fromCache } from './cache.ts';
import { amplitudeReaderOf } from './connection.ts';

const JOB_SECONDS = periods.link / 1_000;
const CLAIM_SECONDS = 600;
const MISSING_SECONDS = 3_600;

const NO_ANSWER = 'no answer';

/** What is held and can't be read is as good as nothing. */
const jobOrNothing = exportJob.nullable().catch(null);

/** A name for what is remembered of a cohort for whoever `who` is. */
const keyOf = ({ authData }: Bundle, cohortId: string, who: unknown): string =>
  fingerprint(JSON.stringify([amplitudeReaderOf(authData).apiKey, cohortId, who]));

/** Asks the cache until its first trouble, then leaves it alone, so that it can hold a step up by 2 seconds in all. */
const asker = () => {
  let isBroken = false;
  return async <Value>(asking: () => Promise<Value>): Promise<Value | typeof NO_ANSWER> => {
    if (isBroken) return NO_ANSWER;
    try {
      return await fromCache(asking());
    } catch {
      isBroken = true;
      return NO_ANSWER;
    }
  };
};

/** The memory of one cohort's export in Zapier's cache, shared by all Zaps that want the same of it. */
export const memoryIn = ({ cache }: ZObject, bundle: Bundle, cohortId: string, properties: string[]): ExportMemory => {
  const key = keyOf(bundle, cohortId, properties.toSorted());
  const claim = `${key}-claim`;
  const ask = asker();
  return {
    read: () => ask(async () => jobOrNothing.parse(await cache.get(key))),
    // Also false when the cache is too busy to say: better no export now than one at each poll.
    claim: async () => (await ask(() => cache.set(claim, 1, CLAIM_SECONDS, undefined, true))) === true,
    release: async () => {
      await ask(() => cache.delete(claim));
    },
    write: async (job) => (await ask(() => cache.set(key, job, JOB_SECONDS))) === true,
  };
};

const missingKey = (bundle: Bundle, cohortId: string): string =>
  `${keyOf(bundle, cohortId, bundle.meta.zap?.id)}-missing`;

/**
 * Whether the last poll of this Zap found the cohort missing, too, within an hour; notes that this one did. No, while the
 * cache can't say.
 */
export const wasMissing = async ({ cache }: ZObject, bundle: Bundle, cohortId: string): Promise<boolean> => {
  const key = missingKey(bundle, cohortId);
  const ask = asker();
  const known = await ask(() => cache.get(key));
  await ask(() => cache.set(key, true, MISSING_SECONDS));
  return known === true;
};

/** Notes that a poll of this Zap found the cohort. */
export const wasFound = async ({ cache }: ZObject, bundle: Bundle, cohortId: string): Promise<void> => {
  await asker()(() => cache.delete(missingKey(bundle, cohortId)));
};
