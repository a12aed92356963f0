import type { Bundle, HttpRequestOptions, ZObject } from 'zapier-platform-core';
import app from '../../index.ts';
import { isClean, type Play, runCampaign } from '../../sandbox/campaign/campaign.ts';
import { faultyWire } from '../../sandbox/campaign/faulty-wire.ts';
import { onForwarder } from '../../sandbox/campaign/forwarder.ts';
import { onMake } from '../../sandbox/campaign/make.ts';
import { judge } from '../../sandbox/campaign/oracle.ts';
import { type Case, casesOf, KOJIS } from '../../sandbox/campaign/plan.ts';
import type { Platform, World } from '../../sandbox/campaign/platform.ts';
import { runCases } from '../../sandbox/campaign/world.ts';
import { onZapier } from '../../sandbox/campaign/zapier.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startServer } from '../../sandbox/server.ts';

const SEED = 7;
const PEOPLE = 20;
const playing =
  (start: (world: World) => Promise<Platform>): Play =>
  (group) =>
    runCases(start, group);
/** Two of its first fourteen people are anonymous by a flag. */
const WITH_FLAGGED = 9;

type Start = [string, (world: World) => Promise<Platform>];
const starts: Start[] = [
  ['Zapier', onZapier(app)],
  ['Make, with the app koji-amplitude,', onMake('koji-amplitude')],
  ['the forwarder', onForwarder],
];
// What Koji says is read by the same modules in both apps of Make; how it is written on is another matter.
const KOJI_ALONE: Start = ['Make, with the app koji,', onMake('koji')];

test.each([...starts, KOJI_ALONE])(
  'on %s a short campaign ends with nothing lost, doubled, forged, kept out, misplaced or leaked',
  async (_, start) => {
    const report = await runCampaign(playing(start), { seed: SEED, people: PEOPLE });
    expect(report.shortest).toBeNull();
    expect(isClean(report)).toBe(true);
    expect(report.written).toBeGreaterThan(PEOPLE / 4);
  },
);

test.each(starts)('on %s all of that holds however Koji signs and shapes what it says', async (_, start) => {
  for (const behavior of KOJIS) {
    const { verdicts, written } = await runCases(start, { cases: casesOf(SEED, 5), behavior });
    expect({ behavior, verdicts, areWritten: written > 1 }).toEqual({ behavior, verdicts: [], areWritten: true });
  }
});

test.each([
  ['Zapier', onZapier(app)],
  ['the forwarder', onForwarder],
])(
  'on %s an interview that is tried again after Amplitude took its event alone makes no mixed record',
  async (_, start) => {
    const one: Case = {
      number: 1,
      ending: 'old',
      score: 4,
      hours: 19,
      atStart: [],
      atKoji: [],
      // Nobody knows what the person has, and then whether the event was taken.
      atAmplitude: [
        { kind: 'page', status: 200 },
        { kind: 'slow head', seconds: 50 },
      ],
      cache: 'normal',
      meddlers: ['day late'],
      findings: { sentiment: 'positive', themes: [{ name: 'slow, buggy app' }] },
      secondFindings: { sentiment: 'positive', themes: [] },
    };
    const [behavior] = KOJIS;
    expect((await runCases(start, { cases: [one], behavior })).verdicts).toEqual([]);
  },
);

test('a slow answer whose middle is the middle of a letter comes whole', async () => {
  const clock = new VirtualClock(Date.now());
  const service = await startServer(() => ({ status: 200, body: 'a🙂a' }));
  faultyWire(service, clock).next([{ kind: 'slow body', seconds: 1 }]);
  expect(await (await fetch(service.url)).text()).toBe('a🙂a');
  await service.close();
});

test('a trigger that hands on nothing is seen, with its shortest case', async () => {
  const deaf = {
    ...app,
    triggers: {
      interview_analysis_ready: {
        ...app.triggers?.interview_analysis_ready,
        operation: { ...app.triggers?.interview_analysis_ready?.operation, perform: async () => [] },
      },
    },
  };
  const report = await runCampaign(playing(onZapier(deaf)), { seed: SEED, people: 4 });
  expect(isClean(report)).toBe(false);
  expect(report.counts.lost).toBeGreaterThan(0);
  expect(report.shortest?.verdict.what).toBe('lost');
  expect(report.shortest?.one).toMatchObject({
    atStart: [],
    atKoji: [],
    atAmplitude: [],
    meddlers: [],
    cache: 'normal',
  });
});

test('a Send step that writes everybody under one id, the anonymous too, is seen', async () => {
  const send = app.creates?.send_interview_event;
  const careless = {
    ...app,
    creates: {
      ...app.creates,
      send_interview_event: {
        ...send,
        operation: {
          ...send?.operation,
          perform: async (z: ZObject, bundle: Bundle) => {
            const everybody = {
              amplitude_user_id: 'one_for_all',
              respondent_email: 'all@example.com',
              is_anonymous: 'no',
            };
            const inputData = { ...bundle.inputData, ...everybody };
            const perform = send?.operation.perform;
            return typeof perform === 'function' ? perform(z, { ...bundle, inputData }) : {};
          },
        },
      },
    },
  };
  const { counts } = await runCampaign(playing(onZapier(careless)), { seed: WITH_FLAGGED, people: 14 });
  expect(counts['wrong person']).toBeGreaterThan(0);
  expect(counts['written wrongly']).toBeGreaterThan(0);
});

test('a Send step that leaves on the person what the last interview lacks is seen', async () => {
  const isEvent = (one: { event_type: string }) => one.event_type !== '$identify';
  const neverTaking = (request: HttpRequestOptions) => {
    if (!`${request.url}`.endsWith('/2/httpapi')) return request;
    const upload = JSON.parse(`${request.body}`);
    return { ...request, body: JSON.stringify({ ...upload, events: upload.events.filter(isEvent) }) };
  };
  const careless = { ...app, beforeRequest: [neverTaking, app.beforeRequest ?? []].flat() };
  const { counts } = await runCampaign(playing(onZapier(careless)), { seed: SEED, people: PEOPLE });
  expect(counts).toMatchObject({ lost: 0, 'older over newer': 0 });
  expect(counts['wrong record']).toBeGreaterThan(0);
});

describe('the oracle', () => {
  const now = Date.parse('2026-05-25T00:00:00Z');
  const held = {
    interview_id: 'int_1',
    status: 'analysis_ready',
    completed_at: '2026-05-24T11:41:22.000Z',
    respondent_email: 'a@example.com',
    quality_score: 4,
    sentiment: 'mixed',
    themes: ['pricing confusion'],
    transcript_url: 'https://koji.so/t/1',
    respondent: { external_id: 'user_1' },
  };
  const unanswered = {
    ...held,
    status: 'in_progress',
    completed_at: null,
    quality_score: null,
    sentiment: null,
    themes: [],
  };
  const person = { user_id: 'user_1', email: 'a@example.com', name: 'A' };
  const event = {
    userId: 'user_1',
    insertId: 'koji:interview_completed:int_1',
    receivedAt: now,
    eventType: 'koji.interview_completed',
    time: Date.parse(held.completed_at),
    eventProperties: {
      theme_top_1: 'pricing confusion',
      sentiment: 'mixed',
      quality_score: 4,
      transcript_url: 'https://koji.so/t/1',
    },
  };
  const record = {
    plan: 'trial',
    last_interview_at: '2026-05-24T11:41:22',
    last_interview_sentiment: 'mixed',
    last_interview_themes: ['pricing confusion'],
    last_interview_quality: 4,
  };
  /** The same person's, ten days before; it lacks what an interview can lack. */
  const older = {
    ...held,
    interview_id: 'int_0',
    completed_at: '2026-05-14T11:41:22.000Z',
    sentiment: null,
    themes: [],
  };
  const olderEvent = {
    ...event,
    insertId: 'koji:interview_completed:int_0',
    time: Date.parse(older.completed_at),
    eventProperties: { quality_score: 4, transcript_url: 'https://koji.so/t/1' },
  };
  const both = {
    held: [held, older],
    stored: [event, olderEvent],
  };
  const tableOf = (properties: object, userId = 'user_1') => [{ userId, properties: { ...properties } }];
  const twoDaysLate = {
    ...both,
    stored: [
      { ...event, receivedAt: now + 48 * 3_600_000 },
      { ...olderEvent, receivedAt: Date.parse('2026-05-14T12:00:00Z') },
    ],
    table: tableOf({ last_interview_at: '2026-05-14T11:41:22', last_interview_quality: 4 }),
  };
  const nothingOnPerson = { table: tableOf({}) };
  const unwritten = { stored: [], ...nothingOnPerson };
  const clean = {
    held: [held],
    people: new Map([
      ['int_0', person],
      ['int_1', person],
    ]),
    stored: [event],
    table: tableOf(record),
    promised: { unasked: 3_600_000, unanswered: 86_400_000, atAll: 7 * 86_400_000 },
    faultyAtAmplitude: new Set<string>(),
    skipped: new Set<string>(),
    triggeredByForgery: [],
    lines: ['sent'],
    secrets: ['pk_live_sandbox_full'],
  };

  test.each([
    ['nothing wrong', {}, []],
    ['an event that is missing', unwritten, ['lost']],
    ['one that was skipped', { ...unwritten, skipped: new Set(['int_1']) }, ['kept out wrongly']],
    ['an event that is there twice', { stored: [event, event] }, ['doubled']],
    ['an event of somebody else', { stored: [{ ...event, userId: 'user_2' }] }, ['wrong person']],
    ['an event of another name', { stored: [{ ...event, eventType: 'interview_completed' }] }, ['wrong event']],
    ['an event of another moment', { stored: [{ ...event, time: now }] }, ['wrong event']],
    [
      'an event that says what nobody found',
      { stored: [{ ...event, eventProperties: { ...event.eventProperties, theme_top_2: 'pricing confusion' } }] },
      ['wrong event'],
    ],
    [
      'an event without what was found',
      { stored: [{ ...event, eventProperties: { ...event.eventProperties, sentiment: undefined } }] },
      ['wrong event'],
    ],
    ['an interview below the gate', { held: [{ ...held, quality_score: 2 }], ...nothingOnPerson }, ['written wrongly']],
    ['an anonymous interview', { held: [{ ...held, is_anonymous: true }], ...nothingOnPerson }, ['written wrongly']],
    ['an interview that Koji never held', { held: [], ...nothingOnPerson }, ['forged']],
    ['a false delivery that triggered', { triggeredByForgery: ['int_1'] }, ['forged']],
    ['two interviews of one person', both, []],
    [
      'an older interview over a newer',
      { ...both, table: tableOf({ last_interview_at: '2026-05-14T11:41:22', last_interview_quality: 4 }) },
      ['older over newer'],
    ],
    [
      'an interview that did not replace the one before it',
      {
        held: [held, { ...older, completed_at: '2026-05-24T11:11:22.000Z' }],
        stored: [
          { ...event, receivedAt: Date.parse('2026-05-24T11:42:00Z') },
          {
            ...olderEvent,
            time: Date.parse('2026-05-24T11:11:22Z'),
            receivedAt: Date.parse('2026-05-24T11:12:00Z'),
          },
        ],
        table: tableOf({ last_interview_at: '2026-05-24T11:11:22', last_interview_quality: 4 }),
      },
      ['older over newer'],
    ],
    [
      'an older interview before a newer that came two days late',
      { ...twoDaysLate, faultyAtAmplitude: new Set<string>() },
      ['older over newer'],
    ],
    [
      'nothing wrong with that where Amplitude did not say what the person has',
      { ...twoDaysLate, faultyAtAmplitude: new Set(['int_1']) },
      [],
    ],
    [
      'a newer date beside what an older interview found',
      {
        held: [{ ...held, sentiment: null }],
        stored: [{ ...event, eventProperties: { ...event.eventProperties, sentiment: undefined } }],
        table: tableOf(record),
      },
      ['wrong record'],
    ],
    ['nothing on the person', { table: tableOf({ plan: 'trial' }) }, ['wrong record']],
    [
      'an anonymous interview on the person',
      { held: [{ ...held, is_anonymous: true }], stored: [] },
      ['written wrongly'],
    ],
    [
      'a record on the person of an interview that nobody answered',
      { held: [unanswered], stored: [] },
      ['written wrongly'],
    ],
    [
      'a record on somebody who has no interview',
      { table: [...clean.table, ...tableOf(record, 'user_2')] },
      ['wrong person'],
    ],
    [
      'an interview that was started a second time',
      { held: [held, { ...unanswered, interview_id: 'int_2' }] },
      ['doubled'],
    ],
    ['an interview under another email', { held: [{ ...held, respondent_email: 'b@example.com' }] }, ['wrong person']],
    [
      'a start that lost the email',
      { held: [{ ...unanswered, respondent_email: null }], ...unwritten },
      ['wrong person'],
    ],
    ['a secret in a log', { lines: ['“pk_live_sandbox_full” is no key'] }, ['leaked']],
    ['half of one', { lines: ['…ndbox_full'] }, ['leaked']],
  ])('sees %s', (_, change, wrong) => {
    expect(judge({ ...clean, ...change }).map(({ what }) => what)).toEqual(wrong);
  });
});
