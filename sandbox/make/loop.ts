import * as z from 'zod';
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { cohortToKoji, kojiToAmplitude } from '../../make/blueprints/blueprint.ts';
import { folderOf } from '../../make/build/built.ts';
import type { App } from '../../make/language/format.ts';
import { sandboxProject } from '../amplitude/projects.ts';
import { startAmplitude } from '../amplitude/server.ts';
import { VirtualClock } from '../clock.ts';
import { sandboxKeys } from '../koji/projects.ts';
import { startKoji } from '../koji/server.ts';
import { startServer } from '../server.ts';
import {
  cast,
  compare,
  isUpload,
  type LoopResult,
  type OnProgress,
  outcomeOf,
  type Person,
  peopleAtTheEnd,
  personOf,
  SECOND,
  STARTS_AGO,
  throttled,
} from '../zapier/loop.ts';
import { readApp } from './app.ts';
import { fetchTo } from './network.ts';
import { type Execution, Scenario } from './scenario.ts';

const APP_ID = 'koji-sandbox';

/** The word that people choose for the cohort webhook. */
const SECRET = 'a word of their choice';

const cohortDelivery = (people: Person[]): string =>
  JSON.stringify({
    cohort_id: 'sandbox',
    cohort_name: 'Trial users',
    in_cohort: true,
    computed_time: '1692206763',
    message_id: 'sandbox::enter::0',
    users: people.map(({ user_id, email, name }) => ({ user_id, user_properties: { email, name } })),
  });

const startedSchema = z.object({ interview_id: z.string(), respondent_id: z.string(), already_started: z.boolean() });
const sentSchema = z.object({ status: z.string(), reason: z.string().nullable() });
const watchedSchema = z.object({ passes_gate: z.boolean(), gate_reason: z.string().nullable() });

const parsedAll = <Schema extends z.ZodType>(schema: Schema, values: unknown[]): z.infer<Schema>[] =>
  values.flatMap((value) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? [parsed.data] : [];
  });

/** What was written and what was not, seen at the step that writes; the app without Amplitude skips in its filter. */
const writing = {
  'koji-amplitude': (executions: Execution[]) => {
    const sends = executions.filter(({ module }) => module.endsWith(':sendInterviewEvent'));
    const sent = parsedAll(
      sentSchema,
      sends.map(({ output }) => output),
    );
    return {
      sends,
      written: sent.filter(({ status }) => status === 'written').length,
      anonymous: sent.filter(({ reason }) => reason === 'anonymous').length,
    };
  },
  koji: (executions: Execution[], keptOut: number) => {
    const sends = executions.filter(({ module }) => module === 'http:MakeRequest');
    return {
      sends,
      written: sends.filter(({ outcome }) => outcome === 'done').length,
      anonymous: executions.filter(({ outcome }) => outcome === 'filtered').length - keptOut,
    };
  },
};

/** The same people, stories and mishaps as on Zapier, through a target's two blueprints and its built app. */
export const runMakeLoop = async (
  target: App['target'],
  peopleCount: number,
  onProgress: OnProgress,
): Promise<LoopResult> => {
  const clock = new VirtualClock(Date.now() - STARTS_AGO);
  const koji = await startKoji({ clock });
  const amplitude = await startAmplitude({ now: clock.now });
  const app = readApp(folderOf(target));
  const around = {
    connections: {
      koji: { koji_api_key: sandboxKeys.full },
      amplitude: {
        amplitude_api_key: sandboxProject.apiKey,
        amplitude_secret_key: sandboxProject.secretKey,
        amplitude_region: 'us',
      },
    },
    http: fetchTo({ 'https://koji.so/api/v1': koji.url, 'https://api2.amplitude.com': amplitude.url }),
  };
  const entering = new Scenario(cohortToKoji(target, APP_ID), app, clock, around, {
    amplitude_webhook_secret: SECRET,
  });
  const returning = new Scenario(
    kojiToAmplitude(target, APP_ID, { region: 'us', apiKey: sandboxProject.apiKey }),
    app,
    clock,
    around,
  );
  const delivered: number[] = [];
  const hook = await startServer(({ headers, body }) => {
    const { status, items } = returning.receive({ headers, body });
    delivered.push(items);
    return { status, body: 'Accepted' };
  });
  try {
    const people = Array.from({ length: peopleCount }, (_, number) => personOf(number));

    const entrants = [...people, ...people.slice(cast.enteredTwice, cast.enteredTwice + 1)];
    for (const [index, person] of entrants.entries()) {
      entering.receive({ headers: { [SECRET_HEADER]: SECRET }, body: cohortDelivery([person]) });
      await clock.advance(2 * SECOND);
      onProgress('entered the cohort', index + 1, entrants.length);
    }
    await clock.runUntilIdle();
    const starts = entering.executions.filter(({ module }) => module.endsWith(':startInterview'));
    const started = parsedAll(
      startedSchema,
      starts.map(({ output }) => output),
    );
    const interviewOf = new Map(started.map((output) => [output.respondent_id, output.interview_id]));

    await koji.addWebhookInSettings(hook.url);
    amplitude.failNext(isUpload, { status: 429, body: throttled });
    amplitude.failNext(isUpload, { status: 503, body: 'Service unavailable' });
    for (const person of people) {
      onProgress('followed to the end', person.number + 1, people.length);
      const interviewId = interviewOf.get(person.user_id);
      if (interviewId === undefined || person.story === 'silent') continue;
      koji.respond(interviewId, outcomeOf(person));
      await clock.advance(6 * SECOND);
      if (person.number === cast.deliveredTwice) await koji.deliverAgain(interviewId);
      if (person.number === cast.forged) await koji.deliverForged(interviewId, 'wrong-secret');
      if (person.number === cast.otherEvent) await koji.deliverEvent('study.published');
    }
    await clock.runUntilIdle();

    const watched = returning.executions.filter(({ module }) => module.endsWith(':watchAnalyzedInterviews'));
    const gated = parsedAll(
      watchedSchema,
      watched.map(({ output }) => output),
    );
    const keptOut = gated.filter(({ passes_gate }) => !passes_gate).length;
    const { sends, written, anonymous } = writing[target](returning.executions, keptOut);
    const count = (...stories: Person['story'][]) => people.filter(({ story }) => stories.includes(story)).length;
    const analyzed = people.length - count('silent');
    const seen = {
      'Started on an interview': started.filter((output) => !output.already_started).length,
      'Known already, not started again': started.filter((output) => output.already_started).length,
      'Analyzed by Koji': koji.interviews().filter(({ analyzed_at }) => analyzed_at !== null).length,
      'Deliveries that Make took in': delivered.length,
      'Dropped at once: low score, other event, check of the address': delivered.filter((items) => items === 0).length,
      'Fetched from Koji with the key, two of them again': watched.length,
      'Kept out: no quality score': gated.filter(({ gate_reason }) => gate_reason === 'no_quality_score').length,
      'Skipped: anonymous': anonymous,
      'Sent to Amplitude, two of them again (same event id)': written,
      'Kept to run again (429, 503), then written': sends.filter(({ outcome }) => outcome === 'kept to run again')
        .length,
      'Runs that failed': [...entering.executions, ...returning.executions].filter(
        ({ outcome }) => outcome === 'failed',
      ).length,
      'Events that Amplitude holds': amplitude.events(sandboxProject.apiKey).length,
      'People with last_interview_* set': people.filter(
        ({ user_id }) => amplitude.user(sandboxProject.apiKey, user_id)?.properties.last_interview_at !== undefined,
      ).length,
    };
    const expected: typeof seen = {
      'Started on an interview': people.length,
      'Known already, not started again': 1,
      'Analyzed by Koji': analyzed,
      // One more than on Zapier: Koji checks an address that is added by hand.
      'Deliveries that Make took in': analyzed + 4,
      'Dropped at once: low score, other event, check of the address': count('poor') + 2,
      // A repeated and a forged one are fetched like any other.
      'Fetched from Koji with the key, two of them again': analyzed - count('poor') + 2,
      'Kept out: no quality score': count('unscored'),
      'Skipped: anonymous': count('flagged', 'withheld'),
      'Sent to Amplitude, two of them again (same event id)': count('good') + 2,
      'Kept to run again (429, 503), then written': 2,
      'Runs that failed': 0,
      'Events that Amplitude holds': count('good'),
      'People with last_interview_* set': count('good'),
    };
    return { figures: compare(expected, seen), people: peopleAtTheEnd(amplitude, people) };
  } finally {
    await Promise.all([hook.close(), koji.close(), amplitude.close()]);
  }
};
