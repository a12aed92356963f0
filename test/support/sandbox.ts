import app from '../../index.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { startAmplitude } from '../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { startKoji } from '../../sandbox/koji/server.ts';
import { startZapier } from '../../sandbox/zapier/platform.ts';
import userEnteredCohort from '../../triggers/user_entered_cohort.ts';
import { cohortPerform } from '../../zapier/cohort-poll.ts';

const DAY = 86_400_000;

/**
 * Koji, Amplitude and Zapier on one clock, with a connection to both. The app's own code looks at the real time, so the
 * clock starts a day ago: what happens on it is not in the future.
 */
export const openSandbox = async ({
  now = Date.now() - DAY,
  koji_api_key = sandboxKeys.full,
}: {
  now?: number;
  koji_api_key?: string;
} = {}) => {
  const clock = new VirtualClock(now);
  const koji = await startKoji({ clock });
  const amplitude = await startAmplitude({ now: clock.now });
  // Whoever waits for an export of a cohort waits on this clock.
  const perform = cohortPerform({ now: clock.now, sleep: (milliseconds) => clock.advance(milliseconds) });
  const operation = { ...userEnteredCohort.operation, perform };
  const { apiKey, secretKey } = sandboxProject;
  const zapier = await startZapier({
    app: { ...app, triggers: { ...app.triggers, [userEnteredCohort.key]: { ...userEnteredCohort, operation } } },
    clock,
    authData: { koji_api_key, amplitude_api_key: apiKey, amplitude_secret_key: secretKey },
    environment: {
      KOJI_API_URL: koji.url,
      AMPLITUDE_INGESTION_URL: amplitude.url,
      AMPLITUDE_REST_URL: amplitude.url,
    },
  });
  return {
    clock,
    koji,
    amplitude,
    zapier,
    close: () => Promise.all([zapier.close(), koji.close(), amplitude.close()]),
  };
};
export type Sandbox = Awaited<ReturnType<typeof openSandbox>>;
