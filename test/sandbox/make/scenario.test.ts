import { sampleWireInterview } from '../../../koji/sample.ts';
import {
  type Blueprint,
  type BlueprintModule,
  cohortToKoji,
  kojiToAmplitude,
} from '../../../make/blueprints/blueprint.ts';
import type { App } from '../../../make/language/format.ts';
import { sandboxProject } from '../../../sandbox/amplitude/projects.ts';
import { startAmplitude } from '../../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../../sandbox/clock.ts';
import { sandboxKeys } from '../../../sandbox/koji/projects.ts';
import { startKoji } from '../../../sandbox/koji/server.ts';
import { readApp } from '../../../sandbox/make/app.ts';
import { UnknownToRunner } from '../../../sandbox/make/error.ts';
import { fetchTo } from '../../../sandbox/make/network.ts';
import { Scenario } from '../../../sandbox/make/scenario.ts';

const APP_ID = 'koji-a1b2c3';
const MINUTE = 60_000;
const SECRET = { amplitude_webhook_secret: 'open sesame' };
const headers = { 'X-Webhook-Secret': 'open sesame' };

type User = { user_id: string; user_properties?: object };
const cohortOf = (users: User[], in_cohort = true) => JSON.stringify({ cohort_id: 'c', in_cohort, users });
const delivery = (in_cohort: boolean) =>
  cohortOf(
    [
      { user_id: 'user_1', user_properties: { email: 'ada@example.com', name: 'Ada' } },
      { user_id: 'user_2', user_properties: { email: 'eve@example.com' } },
      { user_id: 'user_1', user_properties: { email: 'ada@example.com' } },
    ],
    in_cohort,
  );

const world = async () => {
  const clock = new VirtualClock(Date.now() - 24 * 60 * MINUTE);
  const koji = await startKoji({ clock });
  const amplitude = await startAmplitude({ now: clock.now });
  const { apiKey, secretKey } = sandboxProject;
  const around = {
    connections: {
      koji: { koji_api_key: sandboxKeys.full },
      amplitude: { amplitude_api_key: apiKey, amplitude_secret_key: secretKey, amplitude_region: 'us' },
    },
    http: fetchTo({ 'https://koji.so/api/v1': koji.url, 'https://api2.amplitude.com': amplitude.url }),
  };
  const scenarioOf = (target: App['target'], blueprint: Blueprint) =>
    new Scenario(blueprint, readApp(`make/app/${target}`), clock, around, SECRET);
  return {
    clock,
    koji,
    amplitude,
    entering: (target: App['target'] = 'koji') =>
      scenarioOf(target, cohortToKoji(target, APP_ID, 'https://koji.so/i/why')),
    returning: (target: App['target']) => scenarioOf(target, kojiToAmplitude(target, APP_ID, { region: 'us', apiKey })),
    events: () => amplitude.events(apiKey),
    close: () => Promise.all([koji.close(), amplitude.close()]),
  };
};

const onStage = async (run: (stage: Awaited<ReturnType<typeof world>>) => Promise<void>) => {
  const stage = await world();
  try {
    await run(stage);
  } finally {
    await stage.close();
  }
};

const isStart = ({ path }: { path: string }): boolean => path.endsWith('/start');
const outcomesOf = (scenario: Scenario, module: string) =>
  scenario.executions.filter((one) => one.module.endsWith(module)).map(({ outcome }) => outcome);

describe('Amplitude cohort → Koji', () => {
  test('with the app for Make’s review, everybody who enters a cohort is started, once', () =>
    onStage(async ({ koji, clock, entering }) => {
      const scenario = entering();
      expect(scenario.receive({ headers, body: delivery(true) })).toEqual({ status: 200, items: 1 });
      await clock.runUntilIdle();
      expect(koji.interviews().map(({ respondent }) => respondent.external_id)).toEqual(['user_1', 'user_2']);
      expect(scenario.executions.filter(({ module }) => module.endsWith(':startInterview'))).toMatchObject([
        { outcome: 'done', output: { already_started: false, respondent_email: 'ada@example.com' } },
        { outcome: 'done', output: { already_started: false } },
        { outcome: 'done', output: { already_started: true } },
      ]);
    }));

  test('nobody is started who leaves it', () =>
    onStage(async ({ koji, clock, entering }) => {
      const scenario = entering();
      scenario.receive({ headers, body: delivery(false) });
      await clock.runUntilIdle();
      expect(koji.interviews()).toEqual([]);
      expect(scenario.executions.at(-1)).toMatchObject({ module: 'builtin:BasicFeeder', outcome: 'filtered' });
    }));

  test.each(['koji', 'koji-amplitude'] as const)('%s: a whole cohort at once keeps to 30 starts a minute', (target) =>
    onStage(async ({ koji, clock, entering }) => {
      const users = Array.from({ length: 70 }, (_, number) => ({ user_id: `user_${number}` }));
      entering(target).receive({ headers, body: cohortOf(users) });
      await clock.advance(MINUTE);
      expect(koji.interviews()).toHaveLength(30);
      await clock.advance(2 * MINUTE);
      expect(koji.interviews()).toHaveLength(70);
    }),
  );

  test('a conflict (409) and somebody whom Koji can’t take do not end the scenario', () =>
    onStage(async ({ koji, clock, entering }) => {
      koji.behave({ existing: 'conflict' });
      const scenario = entering('koji-amplitude');
      scenario.receive({ headers, body: delivery(true) });
      koji.failNext(isStart, { status: 422, body: { error: 'invalid_request', message: 'This email is not valid.' } });
      await clock.runUntilIdle();
      expect(outcomesOf(scenario, ':startInterview')).toEqual(['ignored', 'done', 'done']);
      scenario.receive({ headers, body: delivery(true) });
      await clock.runUntilIdle();
      expect(outcomesOf(scenario, ':startInterview').slice(3)).toEqual(['ignored', 'ignored', 'ignored']);
      expect(scenario.isOn).toBe(true);
      expect(koji.interviews()).toHaveLength(2);
    }));

  test.each(['koji', 'koji-amplitude'] as const)(
    '%s: who has no id, or one that stands for nobody, is not started',
    (target) =>
      onStage(async ({ koji, clock, entering }) => {
        const users = [{ user_id: ' NULL ' }, { user_id: '' }, { user_id: '  ' }, { user_id: 'user_1' }];
        entering(target).receive({ headers, body: cohortOf(users) });
        await clock.runUntilIdle();
        expect(koji.interviews().map(({ respondent }) => respondent.external_id)).toEqual(['user_1']);
      }),
  );

  test.each(['koji', 'koji-amplitude'] as const)(
    '%s: an email that is none is left out, and the person is started',
    (target) =>
      onStage(async ({ koji, clock, entering }) => {
        const users = ['n/a', 5, null, 'ada@example.com'].map((email, number) => ({
          user_id: `user_${number}`,
          user_properties: { email },
        }));
        entering(target).receive({ headers, body: cohortOf(users) });
        await clock.runUntilIdle();
        expect(koji.interviews().map(({ respondent }) => respondent.external_id)).toEqual([
          'user_0',
          'user_1',
          'user_2',
          'user_3',
        ]);
      }),
  );

  test('a study that has ended loses nobody: the cohort waits', () =>
    onStage(async ({ koji, clock, entering }) => {
      const scenario = entering('koji-amplitude');
      koji.failNext(isStart, { status: 410, body: { error: 'study_closed', message: 'This study is closed.' } });
      scenario.receive({ headers, body: delivery(true) });
      await clock.runUntilIdle();
      expect(outcomesOf(scenario, ':startInterview')).toEqual(['kept to run again', 'done', 'done', 'done']);
      expect(koji.interviews()).toHaveLength(2);
    }));

  test('a delivery without people starts nobody, and the next one is heard', () =>
    onStage(async ({ koji, clock, entering }) => {
      const scenario = entering();
      scenario.receive({ headers, body: JSON.stringify({ in_cohort: true }) });
      scenario.receive({ headers, body: delivery(true) });
      await clock.runUntilIdle();
      expect(koji.interviews()).toHaveLength(2);
      expect(scenario.isOn).toBe(true);
    }));

  test('an outage is waited out, everybody else waits behind, and nobody is lost', () =>
    onStage(async ({ koji, clock, entering }) => {
      const scenario = entering('koji-amplitude');
      koji.failNext(isStart, { status: 503, body: 'Service unavailable' });
      scenario.receive({ headers, body: delivery(true) });
      await clock.advance(5 * MINUTE);
      expect(outcomesOf(scenario, ':startInterview')).toEqual(['kept to run again']);
      expect(scenario.waiting).toBe(2);
      await clock.runUntilIdle();
      expect(koji.interviews()).toHaveLength(2);
      expect(scenario.waiting).toBe(0);
    }));

  test('an outage of more than 8 hours leaves one person to be resolved by hand, and the rest waiting until then', () =>
    onStage(async ({ koji, clock, entering }) => {
      const scenario = entering('koji-amplitude');
      for (let attempt = 0; attempt < 40; attempt += 1) koji.failNext(isStart, { status: 503, body: '' });
      scenario.receive({ headers, body: delivery(true) });
      await clock.runUntilIdle();
      const outcomes = outcomesOf(scenario, ':startInterview');
      expect(outcomes).toHaveLength(33);
      expect(outcomes.at(-1)).toBe('left for a person');
      expect(scenario.waiting).toBe(2);
      scenario.deleteLeft();
      await clock.runUntilIdle();
      expect(scenario.waiting).toBe(0);
      expect(koji.interviews()).toHaveLength(2);
    }));
});

describe.each(['koji', 'koji-amplitude'] as const)('Koji analysis → Amplitude, with the app %s', (target) => {
  const analyzed = async (
    { clock, koji, returning }: Awaited<ReturnType<typeof world>>,
    outcome: Parameters<Awaited<ReturnType<typeof startKoji>>['respond']>[1],
    respondent: object = { external_id: 'user_1' },
  ) => {
    const scenario = returning(target);
    const response = await fetch(`${koji.url}/interviews/start`, {
      method: 'POST',
      headers: { authorization: `Bearer ${sandboxKeys.full}`, 'content-type': 'application/json' },
      body: JSON.stringify({ respondent: { ...respondent }, respondent_email: 'ada@example.com' }),
    });
    const { interview_id } = Object(await response.json());
    koji.respond(interview_id, outcome);
    await clock.advance(MINUTE);
    const body = JSON.stringify({ event: 'interview.analysis_ready', data: { interview_id } });
    return { scenario, interview_id, deliver: () => scenario.receive({ headers: {}, body }) };
  };

  test('texts arrive as they are, whatever they hold', () =>
    onStage(async (stage) => {
      const themes = ['says "too dear"', 'back\\slash', '{{1.summary}} 🙂'];
      const { deliver, interview_id } = await analyzed(stage, { themes, sentiment: 'mixed', quality_score: 4 });
      deliver();
      await stage.clock.runUntilIdle();
      expect(stage.events()).toMatchObject([
        {
          userId: 'user_1',
          eventType: 'koji.interview_completed',
          insertId: `koji:interview_completed:${interview_id}`,
          eventProperties: { theme_top_1: themes[0], theme_top_2: themes[1], sentiment: 'mixed', quality_score: 4 },
        },
      ]);
      expect(stage.amplitude.user(sandboxProject.apiKey, 'user_1')?.properties).toMatchObject({
        last_interview_themes: themes,
        last_interview_sentiment: 'mixed',
        last_interview_quality: 4,
      });
    }));

  test.each(['Negative', ' MIXED '])('the sentiment “%s” is written in small letters, as from Zapier', (sentiment) =>
    onStage(async (stage) => {
      const { deliver } = await analyzed(stage, { sentiment, quality_score: 4 });
      deliver();
      await stage.clock.runUntilIdle();
      const small = sentiment.trim().toLowerCase();
      expect(stage.events()).toMatchObject([{ eventProperties: { sentiment: small } }]);
      expect(stage.amplitude.user(sandboxProject.apiKey, 'user_1')?.properties).toMatchObject({
        last_interview_sentiment: small,
      });
    }),
  );

  test.each<[string, { sentiment: string | null; themes: string[] }, object]>([
    ['no sentiment', { sentiment: null, themes: ['price'] }, { last_interview_themes: ['price'] }],
    ['no themes', { sentiment: 'mixed', themes: [] }, { last_interview_sentiment: 'mixed' }],
    ['neither', { sentiment: null, themes: [] }, {}],
  ])('an interview with %s leaves nothing of the one before on the person', (_what, findings, found) =>
    onStage(async (stage) => {
      stage.amplitude.putUser(sandboxProject.apiKey, 'user_1', {
        plan: 'trial',
        last_interview_at: '2026-05-14T11:41:22',
        last_interview_sentiment: 'negative',
        last_interview_themes: ['onboarding friction'],
        last_interview_quality: 3,
      });
      const { deliver } = await analyzed(stage, { ...findings, quality_score: 4 });
      deliver();
      await stage.clock.runUntilIdle();
      const [event, ...others] = stage.events();
      expect(others).toEqual([]);
      expect(stage.amplitude.user(sandboxProject.apiKey, 'user_1')?.properties).toEqual({
        plan: 'trial',
        last_interview_at: new Date(event?.time ?? 0).toISOString().slice(0, 19),
        last_interview_quality: 4,
        ...found,
      });
    }),
  );

  test('a placeholder in the place of a user id is nobody', () =>
    onStage(async (stage) => {
      const { deliver } = await analyzed(stage, { quality_score: 4 }, { external_id: 'N/A' });
      deliver();
      await stage.clock.runUntilIdle();
      expect(stage.events()).toEqual([]);
    }));

  test('an interview held anonymously is written to nobody', () =>
    onStage(async (stage) => {
      const { deliver, scenario } = await analyzed(stage, { quality_score: 5, anonymous: true });
      deliver();
      await stage.clock.runUntilIdle();
      expect(stage.events()).toEqual([]);
      expect(scenario.isOn).toBe(true);
    }));

  test('an interview that is gone (404) is left out; an outage of Koji is waited out', () =>
    onStage(async (stage) => {
      const { deliver, scenario } = await analyzed(stage, { quality_score: 4 });
      const isFetch = ({ path }: { path: string }) => /\/interviews\/int_/.test(path);
      stage.koji.failNext(isFetch, { status: 404, body: { error: 'not_found', message: 'No such interview.' } });
      deliver();
      await stage.clock.runUntilIdle();
      stage.koji.failNext(isFetch, { status: 503, body: '' });
      deliver();
      await stage.clock.runUntilIdle();
      expect(outcomesOf(scenario, ':watchAnalyzedInterviews')).toEqual(['ignored', 'kept to run again', 'done']);
      expect(stage.events()).toHaveLength(1);
    }));

  const analyzedOf = (interview_id: unknown) => ({ event: 'interview.analysis_ready', data: { interview_id } });

  const answering = async (stage: Awaited<ReturnType<typeof world>>, change: object) => {
    const { scenario, interview_id } = await analyzed(stage, { quality_score: 4 });
    const isFetch = ({ path }: { path: string }) => path.includes('/interviews/int_');
    const interview = { ...sampleWireInterview, interview_id, ...change };
    stage.koji.failNext(isFetch, { status: 200, body: interview });
    scenario.receive({ headers: {}, body: JSON.stringify(analyzedOf(interview.interview_id)) });
    await stage.clock.runUntilIdle();
    return scenario;
  };

  test('a key that may not read (403) loses no interview', () =>
    onStage(async (stage) => {
      const { deliver, scenario } = await analyzed(stage, { quality_score: 4 });
      const isFetch = ({ path }: { path: string }) => path.includes('/interviews/int_');
      stage.koji.failNext(isFetch, { status: 403, body: { error: 'forbidden', message: 'No.' } });
      deliver();
      await stage.clock.runUntilIdle();
      expect(outcomesOf(scenario, ':watchAnalyzedInterviews')).toEqual(['kept to run again', 'done']);
      expect(stage.events()).toHaveLength(1);
    }));

  test.each([
    ['without the time of its end', { completed_at: null }],
    ['that is Koji’s sample', { interview_id: sampleWireInterview.interview_id }],
    ['whose end is a date that stands for none', { completed_at: '1970-01-01T00:00:00Z' }],
    ['of somebody with an id that Amplitude finds too short', { respondent: { external_id: 'ab' } }],
  ])('an interview %s is not written, and holds up no other', (_what, change) =>
    onStage(async (stage) => {
      const scenario = await answering(stage, { completed_at: new Date(stage.clock.now()).toISOString(), ...change });
      expect(stage.events()).toEqual([]);
      expect([scenario.isOn, scenario.waiting]).toEqual([true, 0]);
      expect(scenario.executions.map(({ outcome }) => outcome)).not.toContain('kept to run again');
    }),
  );

  test('an interview that ends in the future is not lost: it is kept until its time has come', () =>
    onStage(async (stage) => {
      const completed_at = new Date(stage.clock.now() + 60 * MINUTE).toISOString();
      const scenario = await answering(stage, { completed_at });
      const outcomes = scenario.executions.map(({ outcome }) => outcome);
      expect(outcomes).not.toContain('left for a person');
      if (target === 'koji-amplitude') {
        expect(outcomes).toContain('kept to run again');
        expect(stage.events()).toHaveLength(1);
      } else expect(stage.events()).toEqual([]);
    }));

  test('an id of nothing but spaces is none, so the email counts', () =>
    onStage(async (stage) => {
      await answering(stage, {
        completed_at: new Date(stage.clock.now()).toISOString(),
        respondent: { external_id: '   ' },
      });
      expect(stage.events()).toMatchObject([{ userId: sampleWireInterview.respondent_email }]);
    }));

  const isFetch = ({ path }: { path: string }) => path.includes('/interviews/int_');
  test.each<[string, unknown]>([
    ['nothing', ''],
    ['an empty object', {}],
    ['an empty list', []],
    ['a list of deliveries', [analyzedOf('int_1')]],
    ['a text', '"interview.analysis_ready"'],
    ['a web page', '<html></html>'],
    ['an event that nobody knows', { event: 'interview.deleted', data: { interview_id: 'int_1' } }],
    ['an event without an interview', { event: 'interview.analysis_ready' }],
  ])('a delivery of %s starts no run, and the next one counts', (_what, body) =>
    onStage(async (stage) => {
      const { deliver, scenario } = await analyzed(stage, { quality_score: 4 });
      const heard = { headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) };
      expect(scenario.receive(heard)).toEqual({ status: 200, items: 0 });
      deliver();
      await stage.clock.runUntilIdle();
      expect(outcomesOf(scenario, ':watchAnalyzedInterviews')).toEqual(['done']);
      expect(stage.events()).toHaveLength(1);
    }),
  );

  test('a delivery of an id that is made up, or of another project, is left out', () =>
    onStage(async (stage) => {
      const { deliver, scenario } = await analyzed(stage, { quality_score: 4 });
      const others = stage.koji.openLink({ respondent: { external_id: 'eve' } }, 'prj_small');
      for (const id of ['int_made_up', others]) {
        scenario.receive({ headers: {}, body: JSON.stringify(analyzedOf(id)) });
      }
      deliver();
      await stage.clock.runUntilIdle();
      expect(outcomesOf(scenario, ':watchAnalyzedInterviews')).toEqual(['ignored', 'ignored', 'done']);
      expect(stage.events()).toMatchObject([{ userId: 'user_1' }]);
      expect(scenario.isOn).toBe(true);
    }));

  test.each<[string, { status: number; body: string | object }]>([
    ['a wrong key (401)', { status: 401, body: { error: 'unauthorized', message: 'No.' } }],
    ['a web page in place of JSON', { status: 200, body: '<html>Welcome</html>' }],
    ['a 404 that is not Koji’s', { status: 404, body: { statusCode: 404, error: 'Not Found', message: 'No.' } }],
    ['a 408', { status: 408, body: { error: 'timeout', message: 'Later.' } }],
    ['too many requests (429)', { status: 429, body: { error: 'rate_limited', message: 'Later.' } }],
  ])('%s loses no interview: it is fetched again, and the others wait', (_what, answer) =>
    onStage(async (stage) => {
      const { deliver, scenario } = await analyzed(stage, { quality_score: 4 });
      stage.koji.failNext(isFetch, answer);
      deliver();
      await stage.clock.runUntilIdle();
      expect(outcomesOf(scenario, ':watchAnalyzedInterviews')).toEqual(['kept to run again', 'done']);
      expect(stage.events()).toHaveLength(1);
    }),
  );

  test('a delivery ahead of the analysis is read again later, and the interview counts', () =>
    onStage(async (stage) => {
      const { deliver, scenario, interview_id } = await analyzed(stage, { quality_score: 4 });
      stage.koji.failNext(isFetch, { status: 200, body: { interview_id, status: 'in_progress' } });
      deliver();
      await stage.clock.runUntilIdle();
      expect(outcomesOf(scenario, ':watchAnalyzedInterviews')).toEqual(['kept to run again', 'done']);
      expect(stage.events()).toHaveLength(1);
    }));

  test.each<[string, object, object]>([
    [
      'an email with a plus sign',
      { respondent_email: 'ada+trial@example.com', respondent: {} },
      { userId: 'ada+trial@example.com' },
    ],
    ['an id of digits only', { respondent: { external_id: '10042' } }, { userId: '10042' }],
    [
      'braces in the summary',
      { summary: 'They said {{1.email}}.' },
      { userId: sampleWireInterview.respondent.external_id },
    ],
    [
      'fifty themes',
      { themes: Array.from({ length: 50 }, (_, number) => `theme ${number}`) },
      { eventProperties: { theme_top_1: 'theme 0', theme_top_2: 'theme 1' } },
    ],
    ['a theme with a comma', { themes: ['slow, then down'] }, { eventProperties: { theme_top_1: 'slow, then down' } }],
  ])('an interview with %s is written as it is', (_what, change, event) =>
    onStage(async (stage) => {
      await answering(stage, { completed_at: new Date(stage.clock.now()).toISOString(), ...change });
      expect(stage.events()).toMatchObject([event]);
    }),
  );

  test('of two questions in the same words, neither answer takes the place of the other', () =>
    onStage(async (stage) => {
      const answers = ['one', 'two'].map((value) => ({ question: 'Why?', type: 'open_ended', value }));
      const scenario = await answering(stage, { completed_at: new Date(stage.clock.now()).toISOString(), answers });
      const [watched] = scenario.executions;
      expect(watched?.output).toMatchObject({ answers, answers_by_question: {} });
    }));

  test('the same delivery twice is one event', () =>
    onStage(async (stage) => {
      const { deliver } = await analyzed(stage, { quality_score: 4 });
      deliver();
      deliver();
      await stage.clock.runUntilIdle();
      expect(stage.events()).toHaveLength(1);
    }));
});

test('an interview that the form of the last step refuses holds up no other', () =>
  onStage(async ({ koji, amplitude, clock }) => {
    const { apiKey, secretKey } = sandboxProject;
    const blueprint = kojiToAmplitude('koji-amplitude', APP_ID, { region: 'us', apiKey });
    const scenario = new Scenario(
      { ...blueprint, flow: blueprint.flow.map(({ filter: _none, ...step }) => step) },
      readApp('make/app/koji-amplitude'),
      clock,
      {
        connections: {
          koji: { koji_api_key: sandboxKeys.full },
          amplitude: { amplitude_api_key: apiKey, amplitude_secret_key: secretKey, amplitude_region: 'us' },
        },
        http: fetchTo({ 'https://koji.so/api/v1': koji.url, 'https://api2.amplitude.com': amplitude.url }),
      },
    );
    koji.failNext(() => true, {
      status: 200,
      body: { ...sampleWireInterview, interview_id: 'int_1', completed_at: null },
    });
    scenario.receive({
      headers: {},
      body: JSON.stringify({ event: 'interview.analysis_ready', data: { interview_id: 'int_1' } }),
    });
    await clock.runUntilIdle();
    expect(scenario.executions.at(-1)).toMatchObject({ outcome: 'ignored', error: { type: 'BundleValidationError' } });
  }));

test('an error that nothing handles turns the scenario off, and what comes later waits', () =>
  onStage(async ({ koji, clock, entering }) => {
    const scenario = entering();
    const bare = { ...cohortToKoji('koji', APP_ID, 'https://koji.so/i/why') };
    const unhandled = new Scenario(
      { ...bare, flow: bare.flow.map(({ onerror: _none, ...step }) => step) },
      readApp('make/app/koji'),
      clock,
      {
        connections: { koji: { koji_api_key: sandboxKeys.full } },
        http: fetchTo({ 'https://koji.so/api/v1': koji.url }),
      },
    );
    koji.failNext(isStart, { status: 401, body: { error: 'unauthorized', message: 'No.' } });
    unhandled.receive({ headers, body: delivery(true) });
    await clock.runUntilIdle();
    unhandled.receive({ headers, body: delivery(true) });
    await clock.runUntilIdle();
    expect(outcomesOf(unhandled, ':startInterview')).toEqual(['failed']);
    expect([unhandled.isOn, unhandled.waiting, koji.interviews().length]).toEqual([false, 1, 0]);
    expect(scenario.isOn).toBe(true);
  }));

/** A scenario of these steps behind a webhook of Make's own, that hears this; a service answers with these cohorts. */
const play = async (change: (blueprint: Blueprint) => Blueprint, body = delivery(true), cohorts: object[] = []) => {
  const clock = new VirtualClock(0);
  const answer = { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ cohorts }) };
  const scenario = new Scenario(
    change(cohortToKoji('koji', APP_ID, 'https://koji.so/i/why')),
    readApp('make/app/koji-amplitude'),
    clock,
    {
      connections: {
        koji: { koji_api_key: 'k_made_up' },
        amplitude: { amplitude_api_key: 'a_made_up', amplitude_secret_key: 's_made_up', amplitude_region: 'us' },
      },
      http: async ({ url }) => (url.endsWith('/cohorts') ? answer : { ...answer, status: 409, body: '{}' }),
    },
  );
  scenario.receive({ headers, body });
  await clock.runUntilIdle();
  return scenario.executions;
};

/** With another step in the place of those behind the webhook. */
const only = (module: string, more: Partial<BlueprintModule> = {}) => {
  const step = { id: 2, module, version: 1, parameters: {}, mapper: {}, metadata: { designer: { x: 0, y: 0 } } };
  return (blueprint: Blueprint): Blueprint => ({
    ...blueprint,
    flow: [...blueprint.flow.slice(0, 1), { ...step, ...more }],
  });
};
const replacing = (text: string, by: string) => (blueprint: Blueprint) =>
  JSON.parse(JSON.stringify(blueprint).replaceAll(text, by));

test.each([
  ['a module', replacing('builtin:BasicFeeder', 'builtin:BasicAggregator')],
  ['a filter', replacing('boolean:equal', 'boolean:other')],
  ['a filter by an expression', replacing('"b":"true"', '"b":"{{1.in_cohort}}"')],
  ['a scenario that runs out of order', replacing('"sequential":true', '"sequential":false')],
  ['a scenario that loses what breaks off', replacing('"dataloss":false', '"dataloss":true')],
  ['a setting of scenarios', replacing('"roundtrips":1', '"roundtrips":1,"slots":1')],
  ['a pause that depends on a mapped text', replacing('"duration":2', '"duration":"{{1.cohort_id}}"')],
  ['a setting of an app’s module', only(`app#${APP_ID}:searchCohorts`, { parameters: { a: 'b' } })],
  [
    'a setting of a built-in module',
    only('json:TransformToJSON', { parameters: { space: '4' }, mapper: { object: 1 } }),
  ],
  ['a version of a built-in module', only('util:SetVariables', { version: 2 })],
])('%s that the runner does not know is refused', async (_what, change) => {
  await expect(async () => play(change)).rejects.toThrow(UnknownToRunner);
});

test.each<[string, object[] | string]>([
  ['a list', [{ in_cohort: true, users: [] }]],
  ['no JSON', 'in_cohort=true'],
])('what a webhook of Make’s own makes of %s is not known', async (_what, body) => {
  const heard = typeof body === 'string' ? body : JSON.stringify(body);
  await expect(play((blueprint) => blueprint, heard)).rejects.toThrow(UnknownToRunner);
});

test.each<[string, object]>([
  ['a filter on yes or no takes no text', { in_cohort: 'true', users: [] }],
  ['nor nothing', { users: [] }],
  ['texts are not iterated over', { in_cohort: true, users: ['user_1'] }],
])('%s', async (_what, body) => {
  await expect(play((blueprint) => blueprint, JSON.stringify(body))).rejects.toThrow(UnknownToRunner);
});

describe('a module of an app’s', () => {
  const search = only(`app#${APP_ID}:searchCohorts`, { mapper: { name: 'trial' } });
  const cohort = (id: string) => ({ id, name: 'Trial users' });

  test('gives one bundle to the steps after it', async () => {
    expect(await play(search, delivery(true), [cohort('1')])).toMatchObject([
      { outcome: 'done' },
      { output: { id: '1' } },
    ]);
  });

  describe.each([[[]], [[cohort('1'), cohort('2')]]])('that gives more, or none: %j', (cohorts) => {
    test('is refused where steps follow', async () => {
      const twice = (blueprint: Blueprint): Blueprint => {
        const { flow } = search(blueprint);
        return { ...blueprint, flow: [...flow, ...flow.slice(1)] };
      };
      await expect(play(twice, delivery(true), cohorts)).rejects.toThrow(UnknownToRunner);
    });

    test('is fine as the last step', async () => {
      expect(await play(search, delivery(true), cohorts)).toMatchObject([{ outcome: 'done' }, { outcome: 'done' }]);
    });
  });
});

describe('an error', () => {
  const one = (id: number, module: string, more: Partial<BlueprintModule> = {}): BlueprintModule => ({
    id,
    module,
    version: 1,
    parameters: {},
    mapper: {},
    metadata: { designer: { x: 0, y: 0 } },
    ...more,
  });
  const filterOn = (type: string) => ({
    name: 'One kind',
    conditions: [[{ a: '{{4.error.type}}', o: 'text:equal', b: type }]],
  });
  const ignoring = (id: number, type: string): BlueprintModule[] => [
    one(id, 'util:SetVariables', { filter: filterOn(type) }),
    one(id + 10, 'builtin:Ignore'),
  ];
  const routing = (...ways: BlueprintModule[][]): BlueprintModule[] => [
    {
      id: 11,
      module: 'builtin:BasicRouter',
      version: 1,
      parameters: {},
      mapper: null,
      routes: ways.map((flow) => ({ flow })),
      metadata: { designer: { x: 0, y: 0 } },
    },
  ];
  const handling =
    (onerror: BlueprintModule[]) =>
    (blueprint: Blueprint): Blueprint => ({
      ...blueprint,
      flow: blueprint.flow.map((step) => (step.id === 4 ? { ...step, onerror } : step)),
    });

  test('is taken by the one handler whose way lets it pass', async () => {
    const executions = await play(handling(routing(ignoring(12, 'DuplicateDataError'), ignoring(13, 'DataError'))));
    expect(executions.filter(({ outcome }) => outcome === 'ignored')).toHaveLength(3);
  });

  test.each([
    ['several take', routing(ignoring(12, 'DuplicateDataError'), ignoring(13, 'DuplicateDataError'))],
    ['all leave', routing(ignoring(12, 'DataError'))],
    ['two in a row are for', [one(12, 'builtin:Ignore'), one(13, 'builtin:Ignore')]],
    [
      'a handler with a filter of its own is for',
      [one(12, 'builtin:Ignore', { filter: filterOn('DuplicateDataError') })],
    ],
  ])('that %s is refused', async (_which, onerror) => {
    await expect(play(handling(onerror))).rejects.toThrow(UnknownToRunner);
  });
});
