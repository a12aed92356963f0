/** The built app's webhooks, triggers and searches, executed; where Zapier has a twin, its items must be equal. */

import { createHmac } from 'node:crypto';
import { fileRules } from '../../amplitude/cohort-entry.ts';
import { carriesOneOf } from '../../amplitude/cohort-webhook.ts';
import { hostsOf, regions } from '../../amplitude/hosts.ts';
import { isSampled } from '../../amplitude/sampling.ts';
import { perform as startInterview } from '../../creates/start_interview.ts';
import { projectOf } from '../../koji/project.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { folderOf, readBuilt } from '../../make/build/built.ts';
import { readApp } from '../../sandbox/make/app.ts';
import { operators } from '../../sandbox/make/iml.ts';
import type { MakeHttp } from '../../sandbox/make/network.ts';
import {
  deliver,
  type PollState,
  runEpoch,
  runInstantTrigger,
  runModule,
  runRpc,
  testConnection,
} from '../../sandbox/make/run.ts';
import { perform as findInterview } from '../../searches/find_interview.ts';
import { perform as hook } from '../../triggers/interview_analysis_ready_manual.ts';
import { perform as newInterviewAnalysis } from '../../triggers/new_interview_analysis.ts';
import { perform as studyList } from '../../triggers/study_list.ts';
import { perform as cohortHook } from '../../triggers/user_entered_cohort_webhook.ts';
import { connected, run } from '../support/app.ts';
import { inEitherReading } from './readings.ts';
import { type Answer, startStandIn, withTextsOnly } from './stand-in.ts';

let vendor: Awaited<ReturnType<typeof startStandIn>>;
beforeAll(async () => {
  vendor = await startStandIn();
  process.env.KOJI_API_URL = vendor.urls.koji;
});
afterAll(() => vendor.close());

const apps = { koji: readApp('make/app/koji'), 'koji-amplitude': readApp('make/app/koji-amplitude') };
const app = apps['koji-amplitude'];
const { koji_api_key, amplitude_api_key, amplitude_secret_key, amplitude_region } = connected;
const connections = {
  koji: { koji_api_key },
  amplitude: { amplitude_api_key, amplitude_secret_key, amplitude_region },
};
const around = (parameters: Record<string, unknown> = {}, state?: PollState) => ({
  connections,
  parameters,
  http: vendor.http,
  now: Date.now,
  ...(state === undefined ? {} : { state }),
});

const deliverTo = (webhook: string, body: unknown, parameters: object = {}, headers: Record<string, string> = {}) =>
  deliver(app, webhook, {
    parameters: { ...parameters },
    now: Date.now,
    request: { headers, body: typeof body === 'string' ? body : JSON.stringify(body) },
  });

inEitherReading(() => {
  describe('Watch analyzed interviews', () => {
    const delivery = { event: 'interview.analysis_ready', id: 'evt_1', data: sampleWireInterview };
    const fetched = (overrides: object = {}): Answer => ({
      status: 200,
      body: { ...sampleWireInterview, ...overrides },
    });

    /** What the scenario sees of a delivery, by the interview that Koji has. */
    const watch = async (settings: object, interview: Answer) => {
      const data = { interview_id: sampleWireInterview.interview_id };
      const { items } = deliverTo('analyzedInterviews', { ...delivery, data }, settings);
      const { result } = await vendor.during([interview], () =>
        runInstantTrigger(app, 'watchAnalyzedInterviews', items[0], around()),
      );
      return result;
    };

    const secret = 'whsec_made_up_for_tests';
    const signed = (body: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    const onZapier = (interview: object, settings: object) => {
      const content = JSON.stringify({ ...delivery, data: interview });
      return run(hook, {
        authData: { ...connected, koji_webhook_secret: secret },
        inputData: { ...settings },
        rawRequest: { method: 'POST', querystring: '', headers: { 'Http-X-Koji-Signature': signed(content) }, content },
      });
    };

    test.each<[string, object, object, string | null]>([
      ['a good interview passes', {}, {}, null],
      ['a score as text passes', { quality_score: '4' }, {}, null],
      ['a low score does not', { quality_score: 2 }, {}, 'below_quality'],
      ['a score below a raised bar does not', { quality_score: 4 }, { minimum_quality: 5 }, 'below_quality'],
      ['no score does not', { quality_score: null }, {}, 'no_quality_score'],
      ['one of the chosen sentiments passes', { sentiment: 'Negative' }, { sentiments: ['negative', 'mixed'] }, null],
      ['so does one with spaces around it', { sentiment: ' Negative\n' }, { sentiments: ['negative'] }, null],
      ['another sentiment does not', { sentiment: 'positive' }, { sentiments: ['negative'] }, 'sentiment_not_chosen'],
      ['anonymous passes', { anonymous: true }, {}, null],
      ['anonymous does not, when they are skipped', { anonymous: true }, { skip_anonymous: true }, 'anonymous'],
      ['without an email likewise', { respondent_email: null }, { skip_anonymous: true }, 'anonymous'],
      ['the chosen study passes', { study_id: 'stu_1' }, { study_id: ' stu_1 ' }, null],
      ['another study does not', { study_id: 'stu_10' }, { study_id: 'stu_1' }, 'other_study'],
      ['no study does not, where one is chosen', { study_id: null }, { study_id: 'stu_1' }, 'other_study'],
      ['another study is said first', { study_id: 'stu_2', quality_score: 1 }, { study_id: 'stu_1' }, 'other_study'],
    ])('%s, on both platforms', async (_name, overrides, settings, gate_reason) => {
      const seen = await watch(settings, fetched(overrides));
      expect(seen).toMatchObject({ passes_gate: gate_reason === null, gate_reason });
      const items = await onZapier({ ...sampleWireInterview, ...overrides }, settings);
      expect(items).toEqual(
        gate_reason === null
          ? [withTextsOnly({ ...Object(seen), passes_gate: undefined, gate_reason: undefined })]
          : [],
      );
    });

    test('a delivery ahead of the analysis fails, to be run again, as on Zapier', async () => {
      const early = { status: 'in_progress', quality_score: null, sentiment: null, themes: [] };
      const words = "Koji told of the analysis of an interview, and it can't be read yet.";
      const asked = watch({}, fetched(early));
      await expect(asked).rejects.toMatchObject({ type: 'ConnectionError', message: expect.stringContaining(words) });
      const told = () => onZapier({ interview_id: sampleWireInterview.interview_id }, {});
      await vendor.during([fetched(early)], () => expect(told()).rejects.toThrow(words));
    });

    test.each<[string, object, string | null]>([
      ['its status', { status: 'analysis_ready', sentiment: null, themes: [] }, 'no_quality_score'],
      ['a sentiment', { themes: [] }, 'no_quality_score'],
      ['themes', { sentiment: null }, 'no_quality_score'],
      ['a score', { quality_score: 4, sentiment: null, themes: [] }, null],
    ])('an interview counts as analyzed by %s alone, as on Zapier', async (_what, overrides, gate_reason) => {
      const interview = fetched({ status: 'completed', quality_score: null, ...overrides });
      expect(await watch({}, interview)).toMatchObject({ gate_reason, is_analyzed: true });
      const told = () => onZapier({ interview_id: sampleWireInterview.interview_id }, {});
      const { result } = await vendor.during([interview], told);
      expect(result).toHaveLength(gate_reason === null ? 1 : 0);
    });

    test.each([{ q1: 'yes' }, 'yes', 4, true])(
      'answers that are no list, as %j, lose no interview',
      async (answers) => {
        expect(await watch({}, fetched({ answers }))).toMatchObject({ passes_gate: true, answers_by_question: {} });
      },
    );

    test.each<[string, (string | undefined)[], object]>([
      ['ids', ['q1', 'q2'], { q1: 'yes', q2: 'no' }],
      ['no id', [undefined], { 'Question 0?': 'yes' }],
      ['one id of two', ['q1', undefined], { 'Question 0?': 'yes', 'Question 1?': 'no' }],
      ['the same id twice', ['q1', 'q1'], { 'Question 0?': 'yes', 'Question 1?': 'no' }],
    ])('answers with %s are found by what all of them have', async (_what, questionIds, answers_by_question) => {
      const answers = questionIds.map((id, number) => ({
        ...(id === undefined ? {} : { question_id: id }),
        question: `Question ${number}?`,
        value: ['yes', 'no'][number],
      }));
      expect(await watch({}, fetched({ answers }))).toMatchObject({ answers, answers_by_question });
      expect(await watch({}, { status: 200, body: { interview: { ...sampleWireInterview, answers } } })).toMatchObject({
        answers_by_question,
      });
    });

    test('an interview with a score counts as analyzed, though its status lags behind the event', async () => {
      expect(await watch({}, fetched({ status: 'completed' }))).toMatchObject({ passes_gate: true, is_analyzed: true });
    });

    test.each(['started_at', 'analyzed_at', 'duration_seconds'])(
      'words in the place of %s lose no interview',
      async (name) => {
        for (const words of ['soon', 'n/a', '-', '12 min', 'not yet known']) {
          expect(await watch({}, fetched({ [name]: words }))).toMatchObject({ passes_gate: true, [name]: null });
        }
      },
    );

    test.each(['nono', '00', 'no0', 'falsely'])(
      '“%s” is no no, so the interview stays anonymous',
      async (anonymous) => {
        expect(await watch({}, fetched({ anonymous }))).toMatchObject({ is_anonymous: true, respondent_email: null });
      },
    );

    test.each([
      ['beside the interview', { anonymous: true }, {}],
      ['in the interview', {}, { is_anonymous: 'yes' }],
      ['in the respondent', {}, { respondent: { anonymous: 1 } }],
    ])(
      'a flag on the delivery %s counts, though the fetched interview has none',
      async (_where, surroundings, inside) => {
        const { items } = deliverTo('analyzedInterviews', {
          ...delivery,
          ...surroundings,
          data: { interview_id: sampleWireInterview.interview_id, ...inside },
        });
        const { result } = await vendor.during([fetched()], () =>
          runInstantTrigger(app, 'watchAnalyzedInterviews', items[0], around()),
        );
        expect(result).toMatchObject({ is_anonymous: true, respondent_email: null, respondent_id: null, metadata: {} });
      },
    );

    test.each(['..', '.', '../..', ' ', '..\n', '', {}])('a delivery of the id %j starts nothing', (interview_id) => {
      expect(deliverTo('analyzedInterviews', { ...delivery, data: { interview_id } }).items).toMatchObject(
        interview_id instanceof Object ? [{ interview_id: 'object' }] : [],
      );
    });

    test.each(['a/b', '../admin', 'a\\b', 'a b', '%2e%2e', 'a?b#c', 'a{{b}}'])(
      'a delivery of the id %j leads nowhere but to an interview',
      async (interview_id) => {
        const { items } = deliverTo('analyzedInterviews', { ...delivery, data: { interview_id } });
        const { requests } = await vendor.during([{ status: 404, body: { error: 'not_found', message: 'No.' } }], () =>
          expect(runInstantTrigger(app, 'watchAnalyzedInterviews', items[0], around())).rejects.toMatchObject({
            type: 'DataError',
          }),
        );
        expect(requests).toMatchObject([{ path: expect.stringMatching(/^\/koji\/interviews\/[A-Za-z0-9_:~-]+$/) }]);
      },
    );

    test('a forged delivery comes to nothing: what counts is fetched with the key', async () => {
      const { items } = deliverTo('analyzedInterviews', {
        ...delivery,
        data: { ...sampleWireInterview, quality_score: 5 },
      });
      const { result, requests } = await vendor.during([fetched({ quality_score: 1 })], () =>
        runInstantTrigger(app, 'watchAnalyzedInterviews', items[0], around()),
      );
      expect(result).toMatchObject({ quality_score: 1, passes_gate: false });
      expect(requests).toMatchObject([
        { method: 'GET', path: '/koji/interviews/int_sample_4f9d2c81', authorization: `Bearer ${koji_api_key}` },
      ]);
    });

    test.each([
      [404, 'not_found', 'DataError'],
      [404, undefined, 'ConnectionError'],
      [410, 'gone', 'DataError'],
      [405, 'method_not_allowed', 'RuntimeError'],
      [403, 'forbidden', 'RuntimeError'],
      [401, 'unauthorized', 'InvalidAccessTokenError'],
      [429, 'rate_limited', 'RateLimitError'],
      [500, 'internal', 'ConnectionError'],
    ])('a fetch that Koji answers with %d ends in an error of type %s %s', async (status, error, type) => {
      const { items } = deliverTo('analyzedInterviews', delivery);
      await vendor.during([{ status, body: { error, message: 'No.' } }], () =>
        expect(runInstantTrigger(app, 'watchAnalyzedInterviews', items[0], around())).rejects.toMatchObject({ type }),
      );
    });

    test.each<[string, unknown, number]>([
      ['another event', { ...delivery, event: 'study.published' }, 0],
      ['the type in place of the event', { type: 'interview.analysis_ready', data: sampleWireInterview }, 1],
      ['a flat body', { event: 'interview.analysis_ready', interview_id: 'int_1' }, 1],
      ['a wrapped interview', { ...delivery, data: { interview: { interview_id: 'int_1', quality_score: 3 } } }, 1],
      [
        'a score under another name goes on to the fetch',
        { ...delivery, data: { interview_id: 'int_1', score: 1 } },
        1,
      ],
      ['the request by which Koji checks the address', { event: 'webhook.verification' }, 0],
      ['an empty body', '', 0],
      ['an array', [delivery], 0],
      ['no JSON', '<html></html>', 0],
    ])('%s: items as many as interviews that may count', (_name, body, count) => {
      expect(deliverTo('analyzedInterviews', body)).toMatchObject({ status: 200, items: { length: count } });
    });
  });
});

inEitherReading(() => {
  describe('Watch cohort members', () => {
    const batch = {
      cohort_id: '7khm89cz',
      cohort_name: 'Trial users',
      in_cohort: true,
      computed_time: '1692206763',
      message_id: 'm1::enter::0',
      users: [
        { user_id: 'user_1', user_properties: { email: ' ada@example.com ', plan: 'pro', seats: 3 } },
        { user_id: 10042, user_properties: { email: 'eve@example.com' } },
        { user_id: '', user_properties: {} },
        { user_properties: { email: 'nobody@example.com' } },
      ],
    };
    const zapier = (body: unknown, inputData: object = {}) =>
      run(cohortHook, {
        authData: connected,
        inputData: { ...inputData },
        rawRequest: { method: 'POST', querystring: '', headers: {}, content: JSON.stringify(body) },
      });

    const SECRET = { amplitude_webhook_secret: 'open sesame' };
    const right = { 'X-Webhook-Secret': 'open sesame' };
    const deliverCohort = (body: unknown, settings: object = {}) =>
      deliverTo('cohortMembers', body, { ...SECRET, ...settings }, right);

    test.each<[string, unknown, object]>([
      ['a batch', batch, {}],
      ['in_cohort as text', { ...batch, in_cohort: 'true' }, {}],
      ['in_cohort with spaces around it', { ...batch, in_cohort: ' TRUE ' }, {}],
      [
        'in_cohort with spaces around it, of people who leave',
        { ...batch, in_cohort: ' No ' },
        { direction: 'leaving' },
      ],
      ['in_cohort of two words for yes', { ...batch, in_cohort: 'yes y' }, {}],
      ['in_cohort of all words for yes', { ...batch, in_cohort: 'true,yes' }, {}],
      ['in_cohort as a number', { ...batch, in_cohort: 1 }, {}],
      ['in_cohort in capitals', { ...batch, in_cohort: 'TRUE' }, {}],
      ['a time that says nothing', { ...batch, computed_time: 'soon' }, {}],
      ['the email under a name with spaces around it', batch, { email_property: ' email ' }],
      ['people who leave, as a number, by choice', { ...batch, in_cohort: 0 }, { direction: 'leaving' }],
      ['people who leave, as a number', { ...batch, in_cohort: 0 }, {}],
      ['a batch of people who leave', { ...batch, in_cohort: false }, {}],
      ['people who leave, by choice', { ...batch, in_cohort: false }, { direction: 'leaving' }],
      ['another cohort', batch, { cohort_id: 'other' }],
      ['this cohort', batch, { cohort_id: '7khm89cz' }],
      ['in_cohort as the number 1', { ...batch, in_cohort: 1 }, {}],
      ['in_cohort as the number 0', { ...batch, in_cohort: 0 }, { direction: 'leaving' }],
      ['in_cohort in capitals', { ...batch, in_cohort: 'TRUE' }, {}],
      ['in_cohort in capitals, of people who leave', { ...batch, in_cohort: 'False' }, { direction: 'leaving' }],
      ['in_cohort that is no word for yes or no', { ...batch, in_cohort: 'untrue' }, {}],
      ['a moment that can’t be read', { ...batch, computed_time: 'yesterday' }, {}],
      ['a moment as a number', { ...batch, computed_time: 1692206763 }, {}],
      ['a moment in milliseconds', { ...batch, computed_time: '1692206763123' }, {}],
      ['a moment in milliseconds as a number', { ...batch, computed_time: 1692206763123 }, {}],
      ['a moment with spaces around it', { ...batch, computed_time: ' 1692206763 ' }, {}],
      ['a count that is no moment', { ...batch, computed_time: '99999999999999999999' }, {}],
      ['a count that stands for none', { ...batch, computed_time: '0' }, {}],
      ['a cohort’s id as a number', { ...batch, cohort_id: '7' }, { cohort_id: '7' }],
      ...[[''], [], [{ a: 1 }], {}].map((user_id): [string, unknown, object] => [
        `a user id that is ${JSON.stringify(user_id)}`,
        { ...batch, users: [{ user_id }, { user_id: 'user_1' }] },
        {},
      ]),
      ['a user id of spaces', { ...batch, users: [{ user_id: '  ' }, { user_id: 'user_1' }] }, {}],
      ...[
        '{3F2504E0-4F89-11D3-9A0C-0305E82C3301}',
        'a,b',
        'x',
        'a,',
        'first{object}',
        '[beta] user_1',
        '[7]',
        '[object]',
      ].map((user_id): [string, unknown, object] => [`the user id ${user_id}`, { ...batch, users: [{ user_id }] }, {}]),
      ['a user id that is an object', { ...batch, users: [{ user_id: { a: 1 } }, { user_id: 'user_1' }] }, {}],
      ['spaces for the cohort', batch, { cohort_id: ' ' }],
      ['this cohort with spaces around it', batch, { cohort_id: ' 7khm89cz ' }],
      ['in_cohort that says nothing', { ...batch, in_cohort: null }, {}],
      ['the email under another name', batch, { email_property: 'plan' }],
      ['no users', { ...batch, users: [] }, {}],
      ['one person', { user_id: 'user_1', in_cohort: true, cohort_id: 'c', message_id: 'm', user_properties: {} }, {}],
      [
        'a sample',
        { ...batch, users: Array.from({ length: 200 }, (_, n) => ({ user_id: `u${n}` })) },
        { sample_percent: 20 },
      ],
    ])('%s: one bundle a person, the same as on Zapier', async (_name, body, settings) => {
      expect(deliverCohort(body, settings).items).toEqual(await zapier(body, settings));
    });

    test.each([
      ['email', { email: 'ada@example.com' }],
      ['Work Email', { 'Work Email': 'ada@example.com' }],
      ['email', { email: 'none' }],
      [' EMAIL ', { email: 'ada@example.com' }],
      ['EMAIL', { email: 'ada@example.com' }],
      ['Work Email', { 'work email': 'ada@example.com' }],
      ['Email', { email: 'other@example.com', Email: 'ada@example.com' }],
      ['email', {}],
    ])('the property %j is found in %j as on Zapier', async (email_property, user_properties) => {
      const body = { ...batch, users: [{ user_id: 'u', user_properties }] };
      expect(deliverCohort(body, { email_property }).items).toEqual(await zapier(body, { email_property }));
    });

    test.each(['contact.email', '[Mixpanel] email', 'email]', '`email`'])(
      'the email property %j, which Make may take for a path, is refused by the form, which says so',
      (email_property) => {
        expect(() => deliverCohort(batch, { email_property })).toThrow('email_property');
        const field = app.webhook('cohortMembers').parameters.find(({ name }) => name === 'email_property');
        expect(Object(field).help).toContain('a name with a period, a bracket or a backtick');
      },
    );

    test.each(['user_id', ' USER_ID ', 'Amplitude_ID'])(
      'the email property %j, which is Amplitude’s own name, is refused on both, and the form says why',
      async (email_property) => {
        expect(() => deliverCohort(batch, { email_property })).toThrow('email_property');
        expect(fileRules.safeParse({ email_property }).success).toBe(false);
        const field = app.webhook('cohortMembers').parameters.find(({ name }) => name === 'email_property');
        expect(Object(field).help).toContain("`user_id` and `amplitude_id` are refused: these are Amplitude's own");
        expect(() => deliverCohort(batch, { email_property: `my ${email_property}` })).not.toThrow();
      },
    );

    test('an email property of spaces alone can’t be saved', () => {
      expect(() => deliverCohort(batch, { email_property: ' ' })).toThrow('email_property');
    });

    test.each([0, 101, 'half'])('a sample of %j percent can’t be saved', (sample_percent) => {
      expect(() => deliverCohort(batch, { sample_percent })).toThrow('sample_percent');
    });

    test.each(['{object}', '[object Object]', '{"a":1}', '["a"]', '{}'])(
      'whichever way Make writes a list or a collection as text, as in %s, it starts nobody',
      (user_id) => {
        expect(deliverCohort({ ...batch, users: [{ user_id }] }).items).toEqual([]);
      },
    );

    test('a cohort’s id that comes as a number is the chosen one', () => {
      expect(deliverCohort({ ...batch, cohort_id: 7 }, { cohort_id: '7' }).items).toHaveLength(2);
      expect(deliverCohort({ ...batch, cohort_id: 7 }, { cohort_id: '77' }).items).toEqual([]);
    });

    test.each(['sample_percent', 'email_property'])(
      'an emptied %s can’t be saved, even if Make puts no default in its place: nobody would be taken, or have an email',
      (name) => {
        const withoutDefaults = {
          ...app,
          webhook: (id: string) => {
            const { parameters, ...rest } = app.webhook(id);
            return { ...rest, parameters: parameters.map(({ default: _otherwise, ...field }) => field) };
          },
        };
        const parameters = { ...SECRET, sample_percent: 100, email_property: 'email', [name]: '' };
        const request = { headers: right, body: JSON.stringify(batch) };
        expect(() => deliver(withoutDefaults, 'cohortMembers', { parameters, now: Date.now, request })).toThrow(
          `${name}: Missing value`,
        );
      },
    );

    test('the same people are in the sample as everywhere', () => {
      const users = Array.from({ length: 8_000 }, (_, number) => ({ user_id: `user_${number}` }));
      const { items } = deliverCohort({ ...batch, users }, { sample_percent: 97.5 });
      const expected = users.filter(({ user_id }) => isSampled(batch.cohort_id, user_id, 97.5));
      expect(items).toMatchObject(expected.map(({ user_id }) => ({ amplitude_user_id: user_id })));
    });

    test('a delivery with the wrong secret, or none, is refused', () => {
      expect(carriesOneOf(['open sesame'], right)).toBe(true);
      expect(deliverTo('cohortMembers', batch, SECRET, right).items).toHaveLength(2);
      expect(deliverTo('cohortMembers', batch, SECRET, { 'X-Webhook-Secret': 'open' })).toEqual({
        status: 401,
        items: [],
      });
      expect(deliverTo('cohortMembers', batch, SECRET)).toEqual({ status: 401, items: [] });
    });

    test('spaces around the word are no part of it, and spaces are no word', () => {
      const word = (amplitude_webhook_secret: string, headers: Record<string, string>) =>
        deliverTo('cohortMembers', batch, { amplitude_webhook_secret }, headers).status;
      expect(word(' open sesame\n', right)).toBe(200);
      expect([word(' ', {}), word(' ', { 'X-Webhook-Secret': '' }), word('opensesame', right)]).toEqual([
        401, 401, 401,
      ]);
    });

    test('a webhook without a secret can’t be saved, because an open address would start billed interviews', () => {
      expect(() => deliverTo('cohortMembers', batch, {}, right)).toThrow('amplitude_webhook_secret: Missing value');
    });
  });
});

test.each([['cohortMembers', { amplitude_webhook_secret: 'right' }, { amplitude_webhook_secret: 'made up' }]])(
  '%s: nothing forged passes even if Make ignores the refusal',
  (webhook, passing, parameters) => {
    const trusting = {
      ...app,
      webhook: (id: string) => {
        const { communication, ...rest } = app.webhook(id);
        const { verification: _ignored, ...others } = communication;
        return { ...rest, communication: others };
      },
    };
    const body = JSON.stringify({
      event: 'interview.analysis_ready',
      interview_id: 'int_1',
      user_id: 'user_1',
      in_cohort: true,
    });
    const request = { headers: { 'X-Webhook-Secret': 'right' }, body };
    expect(deliver(trusting, webhook, { parameters: passing, now: Date.now, request }).items).toHaveLength(1);
    expect(deliver(trusting, webhook, { parameters, now: Date.now, request }).items).toEqual([]);
  },
);

inEitherReading(() => {
  describe('Watch interviews (beta)', () => {
    const begin = Date.now();
    const minutesAgo = (minutes: number) => new Date(begin - minutes * 60_000).toISOString();
    const listed = (number: number, overrides: object = {}) => ({
      ...sampleWireInterview,
      interview_id: `int_${number}`,
      analyzed_at: minutesAgo(number),
      ...overrides,
    });
    const list = (interviews: object[], next_cursor: string | null = null): Answer => ({
      status: 200,
      body: { interviews, next_cursor },
    });
    const ids = (bundles: unknown[]) => bundles.map((bundle) => Object(bundle).interview_id);

    test('gives the same interviews as the trigger on Zapier', async () => {
      const interviews = [listed(1), listed(2, { quality_score: 1 }), listed(3, { anonymous: true })];
      const zapier = await vendor.during([list(interviews)], () =>
        run(newInterviewAnalysis, { authData: connected, inputData: {}, meta: {} }),
      );
      const make = await vendor.during([list(interviews)], () => runModule(app, 'watchInterviews', around()));
      expect(withTextsOnly(make.result.bundles.toReversed())).toEqual(zapier.result);
    });

    test('of a chosen study Koji is asked, and others’ interviews are left out although Koji gave them', async () => {
      const ofStudy = (number: number, study_id: string | null) => listed(number, { study_id });
      const answer = list([ofStudy(1, 'stu_1'), ofStudy(2, 'stu_2'), ofStudy(3, null), ofStudy(4, 'stu_1')]);
      const inputData = { study_id: ' stu_1 ' };
      const zapier = await vendor.during([answer], () =>
        run(newInterviewAnalysis, { authData: connected, inputData, meta: {} }),
      );
      const make = await vendor.during([answer], () => runModule(app, 'watchInterviews', around(inputData)));
      expect(ids(make.result.bundles)).toEqual(['int_4', 'int_1']);
      expect(withTextsOnly(make.result.bundles.toReversed())).toEqual(zapier.result);
      expect(make.requests.map(({ path }) => path)).toEqual([
        '/koji/interviews?status=analysis_ready&limit=100&study_id=stu_1',
      ]);
    });

    test.each(
      [400, 404, 422].flatMap((status): [string, object, number][] => [
        ['watchInterviews', {}, status],
        ['searchInterviews', { respondent_email: 'ada@example.com' }, status],
      ]),
    )('%s %j names the chosen study among the causes of a refusal (%d)', async (module, parameters, status) => {
      const refused: Answer = { status, body: { error: 'invalid', message: 'No.' } };
      const failing = async (study_id: string) => {
        const run = () => runModule(app, module, around({ ...parameters, study_id }));
        return (await vendor.during([refused], () => run().catch((error: Error) => error.message))).result;
      };
      const without = await failing('');
      expect(await failing('stu_gone')).toBe(
        `${without} Koji may have no such Study: choose another one, or leave Study empty.`,
      );
      expect(without).toContain(
        status === 404
          ? 'Koji does not list interviews for this account. Save Interview ID of Start an interview, and read it later with Get an interview.'
          : `Koji did not take this (${status}). Koji says: “No.”`,
      );
    });

    test('does not give an interview twice, and gives one analyzed since', async () => {
      const first = await vendor.during([list([listed(5)])], () => runModule(app, 'watchInterviews', around()));
      const again = () => runModule(app, 'watchInterviews', around({}, first.result.state));
      const next = await vendor.during([list([listed(1), listed(5)])], again);
      expect([ids(first.result.bundles), ids(next.result.bundles)]).toEqual([['int_5'], ['int_1']]);
    });

    test.each<[string, unknown, unknown, boolean]>([
      ['ISO 8601', minutesAgo(1), null, true],
      ['none, but the end of the interview', null, minutesAgo(1), true],
      ['in words, with the end of the interview', 'not yet known', minutesAgo(1), true],
      ['in words, like the end of the interview', 'not yet known', 'still open', false],
      ['none at all', null, null, false],
    ])('an analysis dated %s hides no other one', async (_what, analyzed_at, completed_at, comes) => {
      const odd = { ...listed(1), analyzed_at, completed_at };
      const { result } = await vendor.during([list([odd, listed(2)])], () =>
        runModule(app, 'watchInterviews', around()),
      );
      expect(ids(result.bundles).sort()).toEqual(comes ? ['int_1', 'int_2'] : ['int_2']);
      const { result: next } = await vendor.during([list([listed(0), odd, listed(2)])], () =>
        runModule(app, 'watchInterviews', around({}, result.state)),
      );
      expect(ids(next.bundles)).toEqual(['int_0']);
    });

    test.each([3, 12, 20])(
      'with a limit of %d, the oldest come first, and the others in the next run',
      async (limit) => {
        const all = Array.from({ length: 12 }, (_, number) => listed(number + 1));
        const poll = (state?: PollState) =>
          vendor.during([list(all.slice(0, 6), 'b'), list(all.slice(6))], () =>
            runModule(app, 'watchInterviews', around({ limit }, state)),
          );
        const first = (await poll()).result;
        const second = (await poll(first.state)).result;
        const oldestFirst = all.map(({ interview_id }) => interview_id).reverse();
        expect(ids(first.bundles)).toEqual(oldestFirst.slice(0, limit));
        expect(ids(second.bundles)).toEqual(oldestFirst.slice(limit, 2 * limit));
      },
    );

    test.each([
      ['ISO 8601', minutesAgo(1), minutesAgo(9), 1],
      ['none, but the end of the interview', null, minutesAgo(3), 3],
      ['in words, with the end of the interview', 'not yet known', minutesAgo(3), 3],
      ['in words, like the end of the interview', 'not yet known', 'still open', undefined],
      ['none at all', null, null, undefined],
    ])(
      'where to start is chosen from what it would give, by its date: an analysis dated %s',
      async (_what, analyzed_at, completed_at, since) => {
        const interviews = [listed(2), { ...listed(1), analyzed_at, completed_at }];
        const { result } = await vendor.during([list(interviews)], () => runEpoch(app, 'watchInterviews', around()));
        expect(result).toEqual(
          [2, since].flatMap((minutes) =>
            minutes === undefined ? [] : [{ label: 'Ada Example', date: minutesAgo(minutes) }],
          ),
        );
      },
    );

    test.each<[string, object, object]>([
      ['scored', { quality_score: null }, {}],
      [
        'analyzed, without a date of it,',
        { quality_score: null, completed_at: minutesAgo(9), analyzed_at: null },
        { completed_at: minutesAgo(9), analyzed_at: null },
      ],
    ])(
      'one that is %s after a newer one has come does not trigger, as polling by dates can’t',
      async (_what, early, late) => {
        const poll = async (interviews: object[], state?: PollState) =>
          (await vendor.during([list(interviews)], () => runModule(app, 'watchInterviews', around({}, state)))).result;
        const before = await poll([listed(1), listed(9, early)]);
        const after = await poll([listed(1), listed(9, late)], before.state);
        const fromTheStart = await poll([listed(1), listed(9, late)]);
        expect([before, after, fromTheStart].map(({ bundles }) => ids(bundles))).toEqual([
          ['int_1'],
          [],
          ['int_9', 'int_1'],
        ]);
      },
    );

    test('two analyzed in the same moment both come, one after the other', async () => {
      const both = [listed(1, { analyzed_at: minutesAgo(1) }), listed(2, { analyzed_at: minutesAgo(1) })];
      const poll = (state?: PollState) =>
        vendor.during([list(both)], () => runModule(app, 'watchInterviews', around({ limit: 1 }, state)));
      const first = (await poll()).result;
      const second = (await poll(first.state)).result;
      const third = (await poll(second.state)).result;
      expect([first, second, third].map(({ bundles }) => ids(bundles))).toEqual([['int_1'], ['int_2'], []]);
    });

    test('what Koji lists twice comes once, and what has no id not at all', async () => {
      const pages = [list([listed(1), { ...listed(2), interview_id: null }], 'b'), list([listed(1)])];
      const { result } = await vendor.during(pages, () => runModule(app, 'watchInterviews', around()));
      expect(ids(result.bundles)).toEqual(['int_1']);
    });

    test.each([
      [false, ['int_2'], 'goes on'],
      [true, [], 'ends'],
    ])(
      'whether a page without a good interview ends the reading (%j) is Make’s affair: the reading %s',
      async (emptiedPageEnds, expected) => {
        const pages = [list([listed(1, { quality_score: 1 })], 'b'), list([listed(2)])];
        const { result } = await vendor.during(pages, () =>
          runModule(app, 'watchInterviews', { ...around(), emptiedPageEnds }),
        );
        expect(ids(result.bundles)).toEqual(expected);
      },
    );

    describe.each([false, true])('where a reading ends at the limit (%j)', (limitEndsReading) => {
      const all = Array.from({ length: 6 }, (_, number) => listed(number + 1));
      const poll = async (limit: number, state?: PollState) => {
        const pages = [list(all.slice(0, 3), 'b'), list(all.slice(3))];
        const surroundings = { ...around({ limit }, state), limitEndsReading };
        return (await vendor.during(pages, () => runModule(app, 'watchInterviews', surroundings))).result;
      };

      test('a limit of all that it looks through loses none', async () => {
        const { bundles, state } = await poll(500);
        expect(ids(bundles)).toEqual(['int_6', 'int_5', 'int_4', 'int_3', 'int_2', 'int_1']);
        expect((await poll(500, state)).bundles).toEqual([]);
      });

      test(`a lower one ${limitEndsReading ? 'loses what is behind the page that fills it' : 'loses none'}`, async () => {
        const first = await poll(3);
        const second = await poll(3, first.state);
        const newest = ['int_3', 'int_2', 'int_1'];
        const expected = limitEndsReading ? [newest, []] : [['int_6', 'int_5', 'int_4'], newest];
        expect([ids(first.bundles), ids(second.bundles)]).toEqual(expected);
      });
    });

    test('stops after five pages when the cursor never ends', async () => {
      const { requests } = await vendor.during([list([listed(1)], 'more')], () =>
        runModule(app, 'watchInterviews', around({ limit: 500 })),
      );
      expect(requests.map(({ path }) => path)).toEqual([
        '/koji/interviews?status=analysis_ready&limit=100',
        ...Array(4).fill('/koji/interviews?status=analysis_ready&limit=100&cursor=more'),
      ]);
    });

    test.each<[string, object, ...object[]]>([
      ['watchInterviews', {}, { interviews: [listed(1)] }],
      ['searchInterviews', { respondent_email: 'ada@example.com' }, { interviews: [listed(1)] }],
      ['searchCohorts', { name: 'x' }, { cohorts: [{ id: '1', name: 'x' }] }],
      [
        'findUser',
        { amplitude_user_id: 'x' },
        { matches: [{ amplitude_id: 1, user_id: 'x' }] },
        { userData: { properties: {} } },
      ],
    ])('%s refuses a limit of 0 in Make’s own way', async (module, parameters, ...bodies) => {
      await vendor.during(
        bodies.map((body) => ({ status: 200, body })),
        () =>
          expect(runModule(app, module, around({ ...parameters, limit: 0 }))).rejects.toMatchObject({
            type: 'InvalidConfigurationError',
          }),
      );
    });

    test('of two questions in the same words, neither answer takes the place of the other', async () => {
      const answers = ['one', 'two'].map((value) => ({ question: 'Why?', type: 'open_ended', value }));
      const { result } = await vendor.during([list([listed(1, { answers })])], () =>
        runModule(app, 'watchInterviews', around()),
      );
      expect(result.bundles).toMatchObject([{ answers, answers_by_question: {} }]);
    });

    test.each([[[undefined]], [['q1', undefined]], [['q1', 'q1']]])(
      'of listed answers with the ids %j none is found by an id',
      async (questionIds) => {
        const answers = questionIds.map((question_id) => ({ question_id, question: 'Why?', value: 'x' }));
        const { result } = await vendor.during([list([listed(1, { answers })])], () =>
          runModule(app, 'watchInterviews', around()),
        );
        expect(result.bundles).toMatchObject([{ answers_by_question: {} }]);
      },
    );

    test('answers that are no list hide no interview', async () => {
      const listedOddly = list([listed(1, { answers: { q1: 'yes' } }), listed(2)]);
      const { result } = await vendor.during([listedOddly], () => runModule(app, 'watchInterviews', around()));
      expect(result.bundles).toMatchObject([
        { interview_id: 'int_2' },
        { interview_id: 'int_1', answers_by_question: {} },
      ]);
    });

    test('Search interviews gives a person’s, and nobody else’s although Koji gave them', async () => {
      const other = listed(2, { respondent_email: 'eve@example.com' });
      const answer = list([listed(1), other]);
      const input = { respondent_email: 'ADA@example.com' };
      const zapier = await vendor.during([answer, answer], () =>
        run(findInterview, { authData: connected, inputData: input }),
      );
      const make = await vendor.during([answer], () => runModule(app, 'searchInterviews', around(input)));
      expect(withTextsOnly(make.result.bundles)).toEqual(zapier.result);
      expect(make.requests.map(({ path }) => path)).toEqual([
        '/koji/interviews?respondent_email=ada%40example.com&limit=100',
      ]);
    });

    test('Search interviews by an id asks Koji for it, leaves others’ out and keeps to the limit', async () => {
      const hers = (number: number) => listed(number, { respondent: { external_id: 'user_1' } });
      const answer = list([listed(9), hers(1), hers(2), hers(3)]);
      const { result, requests } = await vendor.during([answer], () =>
        runModule(app, 'searchInterviews', around({ respondent_id: 'user_1', limit: 2 })),
      );
      expect(ids(result.bundles)).toEqual(['int_1', 'int_2']);
      expect(requests.map(({ path }) => path)).toEqual(['/koji/interviews?external_id=user_1&limit=100']);
    });

    const byOtherName = { respondent: { display_name: 'Ada' }, respondent_id: 'user_1' };
    test('Search interviews finds a person whose id Koji lists as respondent_id, as on Zapier', async () => {
      const answer = list([listed(1, byOtherName), listed(2, { ...byOtherName, respondent_id: 'user_2' })]);
      const input = { respondent_id: 'user_1' };
      const zapier = await vendor.during([answer], () => run(findInterview, { authData: connected, inputData: input }));
      const make = await vendor.during([answer], () => runModule(app, 'searchInterviews', around(input)));
      expect(make.result.bundles).toMatchObject([{ interview_id: 'int_1', respondent_id: 'user_1' }]);
      expect(withTextsOnly(make.result.bundles)).toEqual(zapier.result);
    });

    test.each<[string, object, string | null]>([
      ['beside the respondent', byOtherName, 'user_1'],
      ['under both names: the one of the start', { ...byOtherName, respondent: { external_id: 'user_9' } }, 'user_9'],
      ['that is an email', { ...byOtherName, respondent_id: 'eve@example.com', respondent_email: null }, null],
      ['that is the email in capitals', { respondent: { external_id: 'Ada@Example.com' } }, 'Ada@Example.com'],
      ['that was the email', { respondent: { external_id: 'ada@old.example' } }, 'ada@old.example'],
      ['beside what is no email', { respondent: { external_id: 'ada@old.example' }, respondent_email: 'n/a' }, null],
      ['in the respondent', { respondent: { respondent_id: 'user_1' }, respondent_id: 'user_9' }, 'user_1'],
      ['of somebody flagged', { ...byOtherName, anonymous: true }, null],
      ['of somebody flagged by a list', { ...byOtherName, anonymous: [false] }, null],
      ['of somebody flagged by an empty list', { ...byOtherName, is_anonymous: [] }, null],
      ['of somebody flagged by a word', { respondent: { respondent_id: 'user_1', anonymous: 'nono' } }, null],
      ['of somebody flagged by zeros', { respondent: { respondent_id: 'user_1', is_anonymous: '00' } }, null],
      ['of somebody whose flags say no', { ...byOtherName, anonymous: false, is_anonymous: null }, 'user_1'],
      ['that is not there', { respondent: {} }, null],
    ])('an id %s is read of a list as on Zapier', async (_where, overrides, respondent_id) => {
      const answer = list([listed(1, overrides)]);
      const zapier = await vendor.during([answer], () =>
        run(newInterviewAnalysis, { authData: connected, inputData: {}, meta: {} }),
      );
      const make = await vendor.during([answer], () => runModule(app, 'watchInterviews', around()));
      expect(make.result.bundles).toMatchObject([{ respondent_id }]);
      expect(withTextsOnly(make.result.bundles)).toEqual(zapier.result);
    });

    test('a no in words of a list is read as anonymous on Make, so that nobody is shown by mistake', async () => {
      const answer = list([listed(1, { anonymous: 'no' })]);
      const { result } = await vendor.during([answer], () => runModule(app, 'watchInterviews', around()));
      expect(result.bundles).toMatchObject([{ is_anonymous: true, respondent_email: null, respondent_id: null }]);
    });

    describe.each(['loosely', 'strictly'])('where Make compares %s', (how) => {
      const { '=': equal } = operators;
      beforeEach(() => {
        if (how === 'strictly') operators['='] = (left, right) => left === right;
      });
      afterEach(() => {
        operators['='] = equal;
      });

      test('Search interviews finds a person whose id Koji lists as a number, as on Zapier', async () => {
        const hers = { respondent: { external_id: 10042 } };
        const answer = list([listed(1, hers), listed(2), listed(3, { respondent: { external_id: 100 } })]);
        const inputData = { respondent_id: '10042' };
        const zapier = await vendor.during([answer], () => run(findInterview, { authData: connected, inputData }));
        const make = await vendor.during([answer], () => runModule(app, 'searchInterviews', around(inputData)));
        expect(ids(make.result.bundles)).toEqual(['int_1']);
        expect(withTextsOnly(make.result.bundles)).toEqual(zapier.result);
      });

      test.each([
        ['searchInterviews', { respondent_email: 'ada@example.com' }],
        ['watchInterviews', {}],
      ])('%s finds the study whose id Koji lists as a number', async (module, parameters) => {
        const answer = list([listed(1, { study_id: 1 }), listed(2, { study_id: 2 })]);
        const { result } = await vendor.during([answer], () =>
          runModule(app, module, around({ ...parameters, study_id: '1' })),
        );
        expect(ids(result.bundles)).toEqual(['int_1']);
      });
    });

    test('Search interviews finds a person by the id in the respondent, as on Zapier', async () => {
      const answer = list([listed(1, { respondent: { respondent_id: 'user_1' } }), listed(2)]);
      const inputData = { respondent_id: 'user_1' };
      const zapier = await vendor.during([answer], () => run(findInterview, { authData: connected, inputData }));
      const make = await vendor.during([answer], () => runModule(app, 'searchInterviews', around(inputData)));
      expect(ids(make.result.bundles)).toEqual(['int_1']);
      expect(withTextsOnly(make.result.bundles)).toEqual(zapier.result);
    });

    test.each(['n/a', 9, [4, 4]])('a listed score %j is none, on both platforms', async (quality_score) => {
      const answer = list([listed(1, { quality_score })]);
      const zapier = await vendor.during([answer], () =>
        run(newInterviewAnalysis, { authData: connected, inputData: {}, meta: {} }),
      );
      const make = await vendor.during([answer], () => runModule(app, 'watchInterviews', around()));
      expect([zapier.result, make.result.bundles]).toEqual([[], []]);
    });

    test('Search interviews gives one that is flagged anonymous without who it was', async () => {
      const { result } = await vendor.during([list([listed(1, { anonymous: true })])], () =>
        runModule(app, 'searchInterviews', around({ respondent_email: 'ada@example.com' })),
      );
      const nobody = { respondent_email: null, respondent_id: null, respondent_name: null, metadata: {} };
      expect(result.bundles).toMatchObject([{ interview_id: 'int_1', is_anonymous: true, ...nobody }]);
    });

    test('Search interviews of a chosen study gives no other one’s, although Koji gave them', async () => {
      const answer = list([
        listed(1, { study_id: 'stu_2' }),
        listed(2, { study_id: 'stu_1' }),
        listed(3, { study_id: 1 }),
      ]);
      const input = { respondent_email: 'ada@example.com', study_id: 'stu_1' };
      const zapier = await vendor.during([answer], () => run(findInterview, { authData: connected, inputData: input }));
      const make = await vendor.during([answer], () => runModule(app, 'searchInterviews', around(input)));
      expect(ids(make.result.bundles)).toEqual(['int_2']);
      expect(withTextsOnly(make.result.bundles)).toEqual(zapier.result);
      expect(make.requests.map(({ path }) => path)).toEqual([
        '/koji/interviews?respondent_email=ada%40example.com&study_id=stu_1&limit=100',
      ]);
    });

    test('Search interviews asks for no id of spaces, and takes a cursor for no expression', async () => {
      const pages = [list([listed(1)], '{{connection.koji_api_key}}'), list([])];
      const { requests } = await vendor.during(pages, () =>
        runModule(app, 'searchInterviews', around({ respondent_email: 'ada@example.com', respondent_id: '  ' })),
      );
      expect(requests.map(({ path }) => path)).toEqual([
        '/koji/interviews?respondent_email=ada%40example.com&limit=100',
        '/koji/interviews?respondent_email=ada%40example.com&limit=100&cursor=%7B%7Bconnection.koji_api_key%7D%7D',
      ]);
    });

    test.each([
      ['searchInterviews', { respondent_id: ' NULL ' }],
      ['searchInterviews', { respondent_id: 'user_1', study_id: 'null' }],
      ['findUser', { amplitude_user_id: '[object Object]' }],
    ])('%s looks for nobody under the placeholder in %j', async (module, parameters) => {
      const { requests } = await vendor.during([], () =>
        expect(runModule(app, module, around(parameters))).rejects.toMatchObject({
          type: 'DataError',
          message: expect.stringContaining('holds a placeholder'),
        }),
      );
      expect(requests).toEqual([]);
    });

    test.each(['n/a', 'ada', 'ada@example.com, eve@example.com'])(
      'Search interviews looks for nobody by %j, which is no email',
      async (respondent_email) => {
        const parameters = { respondent_id: 'user_1', respondent_email };
        const { requests } = await vendor.during([], () =>
          expect(runModule(app, 'searchInterviews', around(parameters))).rejects.toMatchObject({
            type: 'DataError',
            message: expect.stringContaining('the field Respondent email must be one email address'),
          }),
        );
        expect(requests).toEqual([]);
      },
    );

    test('Search interviews by nothing is an error before anything is asked', async () => {
      const { requests } = await vendor.during([], () =>
        expect(runModule(app, 'searchInterviews', around({ respondent_email: ' ' }))).rejects.toMatchObject({
          type: 'DataError',
          message: expect.stringContaining('There is nothing to search for'),
        }),
      );
      expect(requests).toEqual([]);
    });
  });
});

test.each(['English please', 'english', 'd', 'de-', 'de-DE-', 'de--DE', 'de-DE-DE'])(
  'Start an interview takes %j for no language, and the person is kept until the mapping is mended',
  async (language) => {
    const { requests } = await vendor.during([], () =>
      expect(runModule(app, 'startInterview', around({ respondent_id: 'user_1', language }))).rejects.toMatchObject({
        type: 'RuntimeError',
        message: 'Nothing was sent to Koji: the field Language must be a language code such as en or pt-BR.',
      }),
    );
    expect(requests).toEqual([]);
  },
);

test.each([
  ['', undefined],
  [' de ', 'de'],
  ['EN', 'en'],
  ['de_DE', 'de-DE'],
  ['pt-br', 'pt-BR'],
  ['ZH_HANT_TW', 'zh-Hant-TW'],
  ['sr-latn', 'sr-Latn'],
  ['es-419', 'es-419'],
])('Start an interview takes the language %j, spelled as on Zapier', async (language, locale) => {
  const inputData = { respondent_id: 'user_1', language };
  const begun: Answer[] = [{ status: 201, body: { interview_id: 'int_1' } }];
  const zapier = await vendor.during(begun, () => run(startInterview, { authData: connected, inputData }));
  const make = await vendor.during(begun, () => runModule(app, 'startInterview', around(inputData)));
  expect(Object(make.requests[0]?.body).locale).toBe(locale);
  expect(make.requests).toEqual(zapier.requests);
  expect(make.result.bundles).toEqual([zapier.result]);
});

describe('Make an API call', () => {
  const call = (parameters: object) => runModule(app, 'makeAnApiCall', around({ method: 'GET', ...parameters }));

  test('reaches Koji’s API with the key, and shows the answer', async () => {
    const { result, requests } = await vendor.during([{ status: 200, body: { a: 1 } }], () =>
      call({ url: '/interviews/int_1', qs: [{ key: 'limit', value: '1' }] }),
    );
    expect(result.bundles).toMatchObject([{ body: { a: 1 }, statusCode: 200 }]);
    expect(requests).toMatchObject([
      { path: '/koji/interviews/int_1?limit=1', authorization: `Bearer ${koji_api_key}` },
    ]);
  });

  test.each<[string, Answer, string]>([
    ['a redirect', { status: 302, body: {}, headers: { location: 'https://example.com' } }, '[302]'],
    ['a web page', { status: 200, body: '<html></html>', headers: { 'content-type': 'text/html' } }, '[200]'],
    ['words in the place of data', { status: 200, body: 'OK', headers: { 'content-type': 'text/html' } }, '[200]'],
    [
      'a web page that calls itself text',
      { status: 200, body: '\n<!doctype html><p>Sign in</p>', headers: { 'content-type': 'text/plain' } },
      '[200]',
    ],
  ])('takes %s for no answer of Koji’s', async (_name, answer, begins) => {
    await vendor.during([answer], () =>
      expect(call({ url: '/interviews' })).rejects.toMatchObject({ message: expect.stringContaining(begins) }),
    );
  });

  test('passes over rows that are not filled in', async () => {
    const empty = [{}, { key: '', value: '' }];
    const { result, requests } = await vendor.during([{ status: 200, body: {} }], () =>
      call({ url: '/interviews', headers: empty, qs: [...empty, { key: 'limit', value: '1' }] }),
    );
    expect(result.bundles).toMatchObject([{ statusCode: 200 }]);
    expect(requests).toMatchObject([{ path: '/koji/interviews?limit=1' }]);
  });

  test.each(['get', ' Get '])('reads the method %j in any capitals', async (method) => {
    const { requests } = await vendor.during([{ status: 200, body: {} }], () => call({ url: '/interviews', method }));
    expect(requests).toMatchObject([{ method: 'GET' }]);
  });

  test('refuses another method in words, before anything is sent', async () => {
    const { requests } = await vendor.during([], () =>
      expect(call({ url: '/interviews', method: 'TRACE' })).rejects.toThrow(
        'Nothing was sent to Koji: the field Method must be one of GET, POST, PUT, PATCH, DELETE.',
      ),
    );
    expect(requests).toEqual([]);
  });

  test('sends a body, and no more than it says', async () => {
    const body = '{"a":1}';
    const { requests } = await vendor.during([{ status: 200, body: {} }], () =>
      call({ url: '/interviews/start', method: 'POST', body }),
    );
    expect(requests).toMatchObject([{ method: 'POST', path: '/koji/interviews/start', body: { a: 1 } }]);
  });

  test.each([
    'https://evil.example/',
    '//evil.example',
    '/../admin',
    '/a/../../b',
    '/x?u=http://evil',
    'interviews',
    '/a\\..\\b',
    '/a/..',
    '/..?x',
    '/..#x',
    '/%2e%2e/%2E%2e/admin',
    '/.%2e/x',
    '/a/%2e',
    '/x\n/../../admin',
    '/.\t./admin',
    '/.\u2028./admin',
    '/interviews%2f..%2f..',
    '/..%5c..',
    '/\ud83d',
  ])('refuses %j before any request', async (url) => {
    const { requests } = await vendor.during([], () =>
      expect(call({ url })).rejects.toMatchObject({ type: 'BundleValidationError' }),
    );
    expect(requests).toEqual([]);
  });
});

describe.each(Object.entries(apps))('Make an API call of the app %s', (_app, one) => {
  const call = (header: string, http: MakeHttp) =>
    runModule(one, 'makeAnApiCall', {
      ...around({ url: '/interviews', method: 'GET', headers: [{ key: header, value: 'mine' }] }),
      http,
    });

  test.each([
    'authorization',
    'AUTHORIZATION',
    ' Authorization ',
    '\tAuthorization\n',
    'Proxy-Authorization',
    'HOST',
    'Cookie',
    'Forwarded',
    'X-Forwarded-Host',
    'x-forwarded-for',
  ])('refuses the header %j before any request', async (header) => {
    const asked: string[] = [];
    const http: MakeHttp = async ({ url }) => {
      asked.push(url);
      return { status: 200, headers: {}, body: '' };
    };
    await expect(call(header, http)).rejects.toMatchObject({
      type: 'DataError',
      message: expect.stringMatching(/^Nothing was sent to Koji: .*Take them out of Headers\.$/),
    });
    expect(asked).toEqual([]);
  });

  test.each(['x-a', 'X-Hostname', 'Accept-Language'])('sends the header %j beside the key', async (header) => {
    const seen: Record<string, string>[] = [];
    const http: MakeHttp = async ({ headers }) => {
      seen.push(headers);
      return { status: 200, headers: {}, body: '' };
    };
    await call(header, http);
    expect(seen).toMatchObject([{ authorization: `Bearer ${koji_api_key}`, [header.toLowerCase()]: 'mine' }]);
  });

  test.each<[string, number, Record<string, string>, string]>([
    ['a redirect', 302, { location: 'https://koji.so/login' }, ''],
    ['a web page', 200, { 'content-type': 'Text/HTML; charset=utf-8' }, '<html></html>'],
  ])('%s in the place of an answer is an error that names Koji', async (_what, status, headers, body) => {
    await expect(call('x-a', async () => ({ status, headers, body }))).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`^\\[${status}\\] .*Koji.*\\. `)),
    });
  });

  test('an answer without a body is a success', async () => {
    const { bundles } = await call('x-a', async () => ({ status: 204, headers: {}, body: '' }));
    expect(bundles).toMatchObject([{ statusCode: 204 }]);
  });
});

test.each(['koji', 'koji-amplitude'] as const)('the log of %s hides what Koji gives in secret', (target) => {
  expect(apps[target].base.log.sanitize).toEqual(
    // Whoever has it may answer an interview, or sign deliveries.
    expect.arrayContaining(['request.headers.x-session-token', 'response.body.session_token', 'response.body.secret']),
  );
});

test.each<[status: number, body: string | object]>([
  [401, '<html></html>'],
  [401, { error: 'unauthorized' }],
  [403, '<html></html>'],
  [403, { message: 'No.' }],
  [403, { error: 'forbidden' }],
])(
  "a refusal (%s) that is not Koji's own (%j) is run again, and said to be nothing against the key",
  async (status, body) => {
    await vendor.during([{ status, body }], () =>
      expect(runModule(app, 'getInterview', around({ interview_id: 'int_1' }))).rejects.toMatchObject({
        type: 'ConnectionError',
        message: `[${status}] Something on the way to Koji blocked the request (${status}): a firewall, a proxy or a restricted region. The key may be fine. Try again in a few minutes.`,
      }),
    );
  },
);

test.each([
  ['a page of a host on the way', '<html></html>', 'RuntimeError'],
  ['Amplitude', { error: { http_code: 401, metadata: { details: 'Invalid API key' } } }, 'InvalidAccessTokenError'],
])('a refusal (401) by %s turns a scenario off only where it is about the keys', async (_whose, body, type) => {
  await vendor.during([{ status: 401, body }], () =>
    expect(runModule(app, 'findUser', around({ amplitude_user_id: 'user_1' }))).rejects.toMatchObject({ type }),
  );
});

test.each([
  [{ silenced_events: [], silenced_devices: {} }, false],
  [{ silenced_events: [0] }, true],
])('a refusal with %j says that a user is silenced: %j', async (lists, isSaid) => {
  const body = { code: 400, error: 'Invalid field values on some events', ...lists };
  const completed_at = new Date().toISOString();
  const parameters = { interview_id: 'i', completed_at, respondent_email: 'ada@example.com', quality_score: 4 };
  const { result } = await vendor.during([{ status: 400, body }], () =>
    runModule(app, 'sendInterviewEvent', around(parameters)).catch((error: Error) => error.message),
  );
  expect(String(result).includes('has silenced this user')).toBe(isSaid);
});

test('an interview that is gone for good (410) is to be checked by its ID', async () => {
  await vendor.during([{ status: 410, body: { error: 'gone', message: 'Deleted.' } }], () =>
    expect(runModule(app, 'getInterview', around({ interview_id: 'int_1' }))).rejects.toThrow('Check the id.'),
  );
});

test.each([
  ['getInterview', { interview_id: 'int_1' }, koji_api_key, { error: 'invalid', message: `Key ${koji_api_key} no.` }],
  [
    'searchCohorts',
    { name: 'x' },
    amplitude_secret_key,
    { error: { metadata: { details: `${amplitude_secret_key} no` } } },
  ],
])('%s shows no key that a vendor quotes back', async (module, parameters, key, body) => {
  await vendor.during([{ status: 403, body }], async () => {
    const failure = await runModule(app, module, around(parameters)).catch((error: Error) => error.message);
    expect(failure).toContain('[403]');
    expect(failure).not.toContain(key);
  });
});

test.each([
  ['Amplitude', 'sendInterviewEvent', { respondent_email: 'ada@example.com', quality_score: 4 }],
  ['Amplitude', 'searchCohorts', { name: 'x' }],
  ['Amplitude', 'findUser', { amplitude_user_id: 'x' }],
  ['Amplitude', 'registerInterviewEvent', {}],
  ['Amplitude', 'createChartAnnotation', { label: 'x', start: '2026-05-24T11:00:00Z' }],
  ['Koji', 'getInterview', {}],
  ['Koji', 'startInterview', { respondent_id: 'x' }],
  ['Koji', 'searchInterviews', { respondent_id: 'x' }],
  ['Koji', 'watchInterviews', {}],
  ['Koji', 'makeAnApiCall', { url: '/interviews', method: 'GET' }],
])('whatever %s answers %s with, no other service is blamed', async (service, module, more) => {
  const parameters = { interview_id: 'i', completed_at: new Date().toISOString(), ...more };
  // Each status that the app knows, and one of either kind that it doesn't. A conflict is nobody's fault: what is asked for is
  // there already.
  const named = [...readBuilt(folderOf('koji-amplitude')).values()].flatMap(
    (file) => file.match(/\b[45]\d\d\b/g) ?? [],
  );
  const statuses = new Set([...named.map(Number), 418, 599]);
  statuses.delete(409);
  expect(statuses.size).toBeGreaterThan(10);
  for (const status of statuses) {
    const http: MakeHttp = async () => ({ status, headers: {}, body: '' });
    const failure = await runModule(app, module, { ...around(parameters), http }).catch(
      (error: Error) => error.message,
    );
    expect(failure).toMatch(new RegExp(`^\\[${status}\\] [^.]*\\b${service}\\b`));
  }
});

test.each(regions)('of a project in the region %s only its own hosts are asked', async (amplitude_region) => {
  const asked = async (run: (http: MakeHttp) => Promise<unknown>) => {
    const origins = new Set<string>();
    const http: MakeHttp = async ({ url }) => {
      origins.add(new URL(url).origin);
      return { status: 500, headers: {}, body: '' };
    };
    await expect(run(http)).rejects.toMatchObject({ type: 'ConnectionError' });
    return [...origins];
  };
  const keys = { ...connections.amplitude, amplitude_region };
  const runs = (module: string, parameters: Record<string, unknown>) => (http: MakeHttp) =>
    runModule(app, module, { ...around(parameters), connections: { ...connections, amplitude: keys }, http });
  const { ingestion, rest } = hostsOf(amplitude_region, {});
  const interview = { interview_id: 'i', completed_at: new Date().toISOString(), quality_score: 4, sentiment: 'mixed' };
  expect(await asked(runs('sendInterviewEvent', { ...interview, respondent_email: 'ada@example.com' }))).toEqual([
    ingestion,
  ]);
  expect(await asked(runs('searchCohorts', { name: 'x' }))).toEqual([rest]);
  expect(await asked(runs('findUser', { amplitude_user_id: 'x' }))).toEqual([rest]);
  expect(await asked(runs('registerInterviewEvent', {}))).toEqual([rest]);
  expect(await asked((http) => testConnection(app, 'amplitude', keys, { ...around(), http }))).toEqual([rest]);
});

describe('The connections', () => {
  test.each(['koji', 'koji-amplitude'] as const)(
    '%s: Koji’s is saved without a request, under the same name as on Zapier',
    async (target) => {
      const { result, requests } = await vendor.during([], () =>
        testConnection(apps[target], 'koji', { koji_api_key }, around()),
      );
      expect(requests).toEqual([]);
      expect(result).toBe(`Key ${projectOf(koji_api_key).slice(0, 6)}`);
    },
  );

  test.each(['two words', ''])('a key that can be none is refused: %j', async (key) => {
    await expect(testConnection(app, 'koji', { koji_api_key: key }, around())).rejects.toMatchObject({
      type: 'BundleValidationError',
    });
  });

  test('Amplitude’s is saved when it accepts both keys', async () => {
    const { result, requests } = await vendor.during([{ status: 200, body: { matches: [] } }], () =>
      testConnection(app, 'amplitude', connections.amplitude, around()),
    );
    expect(result).toMatch(/^Project [0-9a-f]{6} us$/);
    expect(requests).toMatchObject([{ path: '/rest/api/2/usersearch?user=koji-connection-test%40example.com' }]);
  });

  test('a wrong secret key is said', async () => {
    const details = { error: { http_code: 403, metadata: { details: 'Invalid API/Secret Key' } } };
    await vendor.during([{ status: 403, body: details }], () =>
      expect(testConnection(app, 'amplitude', connections.amplitude, around())).rejects.toThrow(
        'does not accept the secret key',
      ),
    );
  });
});

test.each(['..', '.', 'a/b', 'a\\b'])(
  'Get an interview refuses the id %j, which would lead elsewhere',
  async (interview_id) => {
    const { requests } = await vendor.during([], async () => {
      for (const one of Object.values(apps)) {
        await expect(runModule(one, 'getInterview', around({ interview_id }))).rejects.toMatchObject({
          type: 'BundleValidationError',
        });
      }
    });
    expect(requests).toEqual([]);
  },
);

describe('The dropdown of interviews', () => {
  test('shows nothing of an anonymous person', async () => {
    const flagged = { ...sampleWireInterview, anonymous: true };
    const { result } = await vendor.during([{ status: 200, body: { interviews: [flagged] } }], async () => [
      await runRpc(app, 'listInterviews', around()),
      await runEpoch(app, 'watchInterviews', around()),
    ]);
    expect(result).toMatchObject([[{ label: 'Anonymous, 24 May 2026' }], [{ label: 'Anonymous' }]]);
  });

  test('shows an interview whose end or analysis is dated in words', async () => {
    const interview = { ...sampleWireInterview, completed_at: 'not yet known', analyzed_at: 'not yet known' };
    const { result } = await vendor.during([{ status: 200, body: { interviews: [interview] } }], async () => [
      await runRpc(app, 'listInterviews', around()),
      await runRpc(app, 'listStudies', around()),
    ]);
    expect(result).toMatchObject([
      [{ label: 'Ada Example' }],
      [{ label: 'Why trials end (latest interviews: 1 of 1)' }],
    ]);
  });

  test('names people and days', async () => {
    const { result } = await vendor.during(
      [{ status: 200, body: { interviews: [sampleWireInterview], next_cursor: null } }],
      () => runRpc(app, 'listInterviews', around()),
    );
    expect(result).toEqual([{ label: 'Ada Example, 24 May 2026', value: 'int_sample_4f9d2c81' }]);
  });

  test('says in its place that Koji has no such list', async () => {
    await vendor.during([{ status: 404, body: { error: 'not_found', message: 'No such endpoint.' } }], () =>
      expect(runRpc(app, 'listInterviews', around())).rejects.toThrow(
        "Koji does not list interviews for this account. Type in the interview's ID, or map it.",
      ),
    );
  });
});

describe('The dropdown of studies', () => {
  const interview = (study_id: unknown, overrides: object = {}) => ({ ...sampleWireInterview, study_id, ...overrides });
  const choices = async (interviews: object[]) =>
    (await vendor.during([{ status: 200, body: { interviews } }], () => runRpc(app, 'listStudies', around()))).result;

  test('names the studies of the latest interviews, how many each has and when its last one was, as on Zapier', async () => {
    const interviews = [
      interview('stu_2', { interview_id: 'a', study_name: 'Onboarding', completed_at: '2026-06-01T10:00:00Z' }),
      interview('stu_1', { interview_id: 'b', study_name: 'Why trials end' }),
      interview('stu_2', { interview_id: 'c', study_name: 'Onboarding' }),
      interview(null, { interview_id: 'd' }),
    ];
    const expected = [
      { label: 'Onboarding (latest interviews: 2 of 4, last one 1 June 2026)', value: 'stu_2' },
      { label: 'Why trials end (latest interviews: 1 of 4, last one 24 May 2026)', value: 'stu_1' },
    ];
    expect(await choices(interviews)).toEqual(expected);
    const zapier = await vendor.during([{ status: 200, body: { interviews, next_cursor: null } }], () =>
      run(studyList, { authData: connected, inputData: {} }),
    );
    expect(zapier.result).toEqual(expected.map(({ label, value }) => ({ id: value, name: label })));
  });

  test.each<[string, object, string]>([
    [
      'a study without a name is shown by its id',
      { study_name: null },
      'stu_1 (latest interviews: 1 of 1, last one 24 May 2026)',
    ],
    [
      'one whose interview has no end is shown by its start',
      { completed_at: null, started_at: '2026-05-02T10:00:00Z' },
      'Why trials end (latest interviews: 1 of 1, last one 2 May 2026)',
    ],
    [
      'one without any date by its number alone',
      { completed_at: null, started_at: null },
      'Why trials end (latest interviews: 1 of 1)',
    ],
  ])('%s', async (_what, overrides, label) => {
    const one = interview('stu_1', { study_name: 'Why trials end', ...overrides });
    expect(await choices([one])).toEqual([{ label, value: 'stu_1' }]);
  });

  test('is empty where there are no interviews, and says where Koji has no list', async () => {
    expect(await choices([])).toEqual([]);
    await vendor.during([{ status: 405, body: { error: 'no', message: 'No.' } }], () =>
      expect(runRpc(app, 'listStudies', around())).rejects.toThrow(
        "Koji does not list interviews for this account. Type in the study's ID: each interview shows its own as Study ID.",
      ),
    );
  });

  test('is a field to type in where the app has no list', () => {
    const field = (target: keyof typeof apps) =>
      apps[target].webhook('analyzedInterviews').parameters.find(({ name }) => name === 'study_id');
    expect(field('koji')).toMatchObject({ type: 'text' });
    expect(field('koji-amplitude')).toMatchObject({ type: 'select', options: { store: 'rpc://listStudies' } });
  });
});
