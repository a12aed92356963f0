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

/**
 * The memory of one cohort's export in Zapier's cache, shared by all Zaps that want the same of it. After the first
 * trouble the cache is left alone for the rest of the step, so that it can hold one up by 2 seconds in all.
 */
export const memoryIn = ({ cache }: ZObject, bundle: Bundle, cohortId: string, properties: string[]): ExportMemory => {
  const { apiKey: project } = amplitudeReaderOf(bundle.authData);
  const key = fingerprint(JSON.stringify(['cohort-export', project, cohortId, properties.toSorted()]));
  const claim = `${key}-claim`;
  let isBroken = false;
  const ask = async <Value, Otherwise>(asking: () => Promise<Value>, otherwise: Otherwise) => {
    if (isBroken) return otherwise;
    try {
      return await fromCache(asking());
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

/**
 * Whether a poll of this Zap found the cohort missing within the last hour, too; notes that this one did. No, while the
 * cache can't say.
 */
export const wasMissing = async ({ cache }: ZObject, bundle: Bundle, cohortId: string): Promise<boolean> => {
  const { apiKey: project } = amplitudeReaderOf(bundle.authData);
  const key = fingerprint(JSON.stringify(['cohort-missing', project, cohortId, bundle.meta?.zap?.id]));
  try {
    const known = await fromCache(cache.get(key));
    await fromCache(cache.set(key, true, MISSING_SECONDS));
    return known === true;
  } catch {
    return false;
  }
};
