import { fetchSend } from '../../boundary/fetch.ts';
import type { Check, Verdict } from '../../doctor/check.ts';
import type { KojiPatient } from '../../doctor/checks.ts';
import { kojiAuthorization } from '../../koji/contract.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { type KojiOptions, type KojiSandbox, startKoji } from '../../sandbox/koji/server.ts';

export const MADE_UP = '0f5a1f6e-6f0e-4b0f-9a53-0c9f2c0c7d11';

/** The doctor's view of a Koji at this address. */
export const patientAt = (url: string, key: string = sandboxKeys.full): KojiPatient => ({
  koji: { send: fetchSend(kojiAuthorization(key), [url]), url, now: Date.now },
  stranger: { send: fetchSend(null, []), url, now: Date.now },
  madeUp: MADE_UP,
});

/** Each check's verdict by its id. */
export const verdictsOf = (checks: Check[]): Record<string, Verdict> =>
  Object.fromEntries(checks.map(({ id, verdict }) => [id, verdict]));

export const checkOf = (checks: Check[], id: string): Check => {
  const found = checks.find((check) => check.id === id);
  if (found === undefined) throw new Error(`There is no check ${id}.`);
  return found;
};

export const idsWith = (checks: Check[], wanted: Verdict): string[] =>
  checks.filter(({ verdict }) => verdict === wanted).map(({ id }) => id);

/**
 * A Koji whose project has interviews of every kind: two good ones (of two studies), a flagged one, one that was not
 * answered.
 */
export const kojiWithInterviews = async (
  options: Partial<KojiOptions> = {},
): Promise<KojiSandbox & { ids: string[] }> => {
  const clock = new VirtualClock(Date.parse('2026-05-24T09:00:00Z'));
  const koji = await startKoji({ clock, ...options });
  const outcomes = [
    {},
    { sentiment: 'positive', quality_score: 5, themes: ['speed'] },
    { anonymous: { flag: 'anonymous', at: 'interview', hides: 'everything' } as const },
    null,
  ];
  const ids: string[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const id = koji.openLink({
      guide_id: index === 1 ? 'stu_9c44d2' : 'stu_6b1e07',
      respondent: {
        external_id: `user_1004${index}`,
        display_name: `Person ${index}`,
        metadata: { Zoe: 'a name as a key' },
      },
      respondent_email: `person.${index}@example.com`,
    });
    ids.push(id);
    await clock.advance(600_000);
    if (outcome !== null) koji.respond(id, outcome);
    await clock.advance(60_000);
  }
  return { ...koji, ids };
};
