import type { Bundle, ZObject } from 'zapier-platform-core';
import app from '../../index.ts';
import { isClean, type Play, runCampaign } from '../../sandbox/campaign/campaign.ts';
import { onForwarder } from '../../sandbox/campaign/forwarder.ts';
import { onMake } from '../../sandbox/campaign/make.ts';
import { judge } from '../../sandbox/campaign/oracle.ts';
import { type Platform, platforms, type World } from '../../sandbox/campaign/platform.ts';
import { runCases } from '../../sandbox/campaign/world.ts';
import { onZapier } from '../../sandbox/campaign/zapier.ts';

const SEED = 7;
const PEOPLE = 20;
const playing =
  (start: (world: World) => Promise<Platform>): Play =>
  ({ cases, scheme }) =>
    runCases(start, cases, scheme);
/** Two of its first fourteen people are anonymous by a flag. */
const WITH_FLAGGED = 9;

const starts = { zapier: onZapier(app), make: onMake, forwarder: onForwarder };

test.each(platforms)(
  'on %s a short campaign ends with nothing lost, doubled, forged, kept out, misplaced or leaked',
  async (platform) => {
    const report = await runCampaign(playing(starts[platform]), { seed: SEED, people: PEOPLE });
    expect(report.shortest).toBeNull();
    expect(isClean(report)).toBe(true);
    expect(report.written).toBeGreaterThan(PEOPLE / 4);
  },
);

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

describe('the oracle', () => {
  const now = Date.parse('2026-05-25T00:00:00Z');
  const held = {
    interview_id: 'int_1',
    status: 'analysis_ready',
    completed_at: '2026-05-24T11:41:22.000Z',
    respondent_email: 'a@example.com',
    quality_score: 4,
    respondent: { external_id: 'user_1' },
  };
  const event = { userId: 'user_1', insertId: 'koji:interview_completed:int_1', receivedAt: now };
  const clean = {
    held: [held],
    stored: [event],
    lastInterviewAt: () => '2026-05-24T11:41:22',
    promised: { unasked: 3_600_000, unanswered: 86_400_000, atAll: 7 * 86_400_000 },
    faultyAtAmplitude: new Set<string>(),
    skipped: new Set<string>(),
    triggeredByForgery: [],
    leaks: [],
  };

  test.each([
    ['nothing wrong', {}, []],
    ['an event that is missing', { stored: [] }, ['lost']],
    ['one that was skipped', { stored: [], skipped: new Set(['int_1']) }, ['kept out wrongly']],
    ['an event that is there twice', { stored: [event, event] }, ['doubled']],
    ['an event of somebody else', { stored: [{ ...event, userId: 'user_2' }] }, ['wrong person']],
    ['an interview below the gate', { held: [{ ...held, quality_score: 2 }] }, ['written wrongly']],
    ['an anonymous interview', { held: [{ ...held, is_anonymous: true }] }, ['written wrongly']],
    ['an interview that Koji never held', { held: [] }, ['forged']],
    ['a false delivery that triggered', { triggeredByForgery: ['int_1'] }, ['forged']],
    ['an older interview over a newer', { lastInterviewAt: () => '2026-05-14T11:41:22' }, ['older over newer']],
    ['a secret in a log', { leaks: ['pk_live_sandbox_full'] }, ['leaked']],
  ])('sees %s', (_, change, wrong) => {
    expect(judge({ ...clean, ...change }).map(({ what }) => what)).toEqual(wrong);
  });
});
