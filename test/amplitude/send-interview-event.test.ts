import { interviewEventInput } from '../../amplitude/interview-event.ts';
import { sampleSentEvent, sendInterviewEvent, sentEventSchema } from '../../amplitude/send-interview-event.ts';
import { outputFields } from '../../boundary/output-fields.ts';
import type { Send } from '../../boundary/send.ts';
import { readInput } from '../../boundary/values.ts';
import { sampleInterview } from '../../koji/sample.ts';
import { taken } from '../support/amplitude.ts';
import { clockAt } from '../support/clock.ts';
import { failureOf } from '../support/failures.ts';
import { network, reply } from '../support/wire.ts';
import { COMPLETED, inputWith, NOW } from './filled-in.ts';

const upload = {
  apiKey: 'a'.repeat(32),
  host: 'https://api2.amplitude.com',
  library: 'koji-zapier/1.0.0',
};

/** Nothing that is filled in field by field asks Koji. */
const noReading = () => Promise.reject(new Error('Koji was asked.'));

const sent = (send: Send, fields: Record<string, unknown> = {}, now = NOW) => {
  const input = inputWith(fields);
  return sendInterviewEvent({ send, ...upload }, input, { read: noReading, lookUp: null }, clockAt(now).timing);
};

describe('an interview that is written', () => {
  test('gives everything about the event', async () => {
    const { send } = network(taken);
    await expect(sent(send)).resolves.toEqual({
      id: 'koji:interview_completed:int_77',
      status: 'written',
      reason: null,
      reason_text: null,
      event_type: 'koji.interview_completed',
      user_id: 'user_10042',
      identified_by: 'id',
      event_time: '2026-05-24T11:41:22.000Z',
      user_properties_updated: true,
      events_ingested: 1,
    });
  });

  test('makes one request, which carries the event and the person together', async () => {
    const { send, requests } = network(taken);
    await sent(send);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.body).toContain('"event_type":"koji.interview_completed"');
    expect(requests[0]?.body).toContain('"last_interview_sentiment":"negative"');
  });

  test('says that the person was not updated, when the interview is old', async () => {
    const { send } = network(taken);
    const result = await sent(send, {}, COMPLETED + 2 * 86_400_000);
    expect(result).toMatchObject({ status: 'written', user_properties_updated: false });
  });

  test.each(['null', 'N/A', '[object Object]', '{{5__sentiment}}'])(
    'has %s nowhere in the place of a sentiment, a theme or an address, and says so',
    async (nothing) => {
      const { send, requests } = network(taken);
      const themes = [nothing, 'pricing confusion'];
      const result = await sent(send, { sentiment: nothing, themes, transcript_url: nothing });
      expect(result.reason_text).toBe(
        'Left out, because it holds a placeholder such as null or n/a: Sentiment, Themes, Transcript URL.',
      );
      const event = JSON.parse(requests[0]?.body ?? '').events.at(-1);
      expect(event.event_properties).toEqual({ theme_top_1: 'pricing confusion', quality_score: 4 });
      expect(event.user_properties).toMatchObject({ last_interview_themes: ['pricing confusion'] });
      expect(event.user_properties).not.toHaveProperty('last_interview_sentiment');
    },
  );

  test('names only the field that was left out', async () => {
    await expect(sent(network(taken).send, { sentiment: 'null' })).resolves.toMatchObject({
      reason_text: 'Left out, because it holds a placeholder such as null or n/a: Sentiment.',
    });
  });

  test('names the event and the person that were written', async () => {
    const { send } = network(taken);
    const result = await sent(send, { event_type: 'Interview Done', identify_by: 'email' });
    expect(result).toMatchObject({
      id: 'Interview Done:int_77',
      event_type: 'Interview Done',
      user_id: 'ada@example.com',
    });
  });

  test('says how many events Amplitude took in, even when that is none', async () => {
    const { send } = network(reply(200, { code: 200, events_ingested: 0 }));
    await expect(sent(send)).resolves.toMatchObject({
      events_ingested: 0,
      reason_text: 'Amplitude took the request without counting an event; it may have had this one before.',
    });
  });

  test('names the properties that could not be written, and writes the rest', async () => {
    const event_properties = { plan: 'pro', owner: { name: 'Ada' }, tree: [[1]] };
    const leftOut =
      'Left out of Event Properties, because only texts, numbers, yes or no and lists can be written: owner, tree.';
    await expect(sent(network(taken).send, { event_properties })).resolves.toMatchObject({
      status: 'written',
      reason_text: leftOut,
    });
    const uncounted = network(reply(200, { code: 200, events_ingested: 0 }));
    await expect(sent(uncounted.send, { event_properties })).resolves.toMatchObject({
      reason_text: `Amplitude took the request without counting an event; it may have had this one before. ${leftOut}`,
    });
  });

  test.each(['Ada Example', '"Ada" <ada@example.com>', 'redacted@', 'n/a'])(
    'says that %s in the place of the email was left out, whether it is written or skipped',
    async (respondent_email) => {
      const named = 'Respondent Email was left out, because it holds no email address: map it from the interview.';
      const filledIn = { respondent_email, write_without_email: true, is_anonymous: false };
      await expect(sent(network(taken).send, filledIn)).resolves.toMatchObject({
        status: 'written',
        reason_text: named,
      });
      await expect(sent(network().send, { ...filledIn, quality_score: 2 })).resolves.toMatchObject({
        status: 'skipped',
        reason_text: `The quality score is below the minimum quality. ${named}`,
      });
      await expect(sent(network().send, { ...filledIn, quality_score: '' })).resolves.toMatchObject({
        status: 'skipped',
        reason_text: `No Quality Score from 1 to 5 arrived in this step: map it, or leave all fields but Interview ID empty. ${named}`,
      });
    },
  );
});

test('the time that reading from Koji takes is taken off the 24 seconds for writing', async () => {
  const { timing, advance } = clockAt(NOW);
  const read = async () => {
    advance(20_000);
    return { ...sampleInterview, interview_id: 'int_1', structured_answers: {} };
  };
  const { send, requests } = network(taken);
  const input = readInput('Amplitude', interviewEventInput, { interview_id: 'int_1' });
  await sendInterviewEvent({ send, ...upload }, input, { read, lookUp: null }, timing);
  expect(requests.map(({ timeoutMilliseconds }) => timeoutMilliseconds)).toEqual([4_000]);
});

describe('an interview that is skipped', () => {
  test.each([
    [
      'anonymous',
      'Koji has no email for this interview, or marks it as anonymous, so it is written to nobody. Start interviews with an email; if you give Koji IDs only, turn on writing without email.',
      { respondent_email: '', is_anonymous: true },
    ],
    [
      'no_user_id',
      'The interview has no user ID or email of the kind that Identify By asks for. Start interviews with the ID, or identify by something else.',
      { identify_by: 'id', amplitude_user_id: '' },
    ],
    [
      'blocked_user_id',
      'The user ID is a placeholder that stands for nobody, such as null or anonymous. Check what the interview was started with.',
      { amplitude_user_id: 'None' },
    ],
    ['below_quality', 'The quality score is below the minimum quality.', { quality_score: 2 }],
    [
      'no_quality_score',
      'No Quality Score from 1 to 5 arrived in this step: map it, or leave all fields but Interview ID empty.',
      { quality_score: '' },
    ],
    [
      'not_analyzed',
      'No Quality Score from 1 to 5, no Sentiment and no Themes arrived in this step: map them, or leave all fields but Interview ID empty.',
      { quality_score: '', sentiment: '', themes: '' },
    ],
  ])('%s says so in words, has every key, and sends nothing', async (reason, reason_text, fields) => {
    const { send, requests } = network();
    await expect(sent(send, fields)).resolves.toEqual({
      id: 'koji:interview_completed:int_77',
      status: 'skipped',
      reason,
      reason_text,
      event_type: 'koji.interview_completed',
      user_id: null,
      identified_by: null,
      event_time: '2026-05-24T11:41:22.000Z',
      user_properties_updated: false,
      events_ingested: 0,
    });
    expect(requests).toEqual([]);
  });

  test('has no analysis where its sentiment and themes are placeholders, and says that these were left out', async () => {
    const fields = { quality_score: '', sentiment: 'null', themes: ['n/a'] };
    await expect(sent(network().send, fields)).resolves.toMatchObject({
      reason: 'not_analyzed',
      reason_text: expect.stringMatching(/or leave all .* empty\. Left out, because it holds .*: Sentiment, Themes\.$/),
    });
  });

  test('has no time where nobody says when it was completed', async () => {
    const { send } = network();
    await expect(sent(send, { completed_at: '', quality_score: 2 })).resolves.toMatchObject({
      reason: 'below_quality',
      event_time: null,
    });
  });

  test('for being anonymous without a word of it says which field to map', async () => {
    const { reason_text } = await sent(network().send, { respondent_email: '', is_anonymous: '' });
    expect(reason_text).toContain('or leave all fields but Interview ID empty.');
  });

  test('the sample itself writes no made-up person when a step is tested', async () => {
    const { send, requests } = network();
    await expect(sent(send, { interview_id: 'int_sample_4f9d2c81' })).resolves.toEqual({
      id: 'koji:interview_completed:int_sample_4f9d2c81',
      status: 'skipped',
      reason: 'sample',
      reason_text: 'This is the sample interview, so no made-up person was written.',
      event_type: 'koji.interview_completed',
      user_id: null,
      identified_by: null,
      event_time: '2026-05-24T11:41:22.000Z',
      user_properties_updated: false,
      events_ingested: 0,
    });
    expect(requests).toEqual([]);
  });
});

test('answers that were to be included, where nothing is read from Koji, are missed in words', async () => {
  await expect(sent(network(taken).send, { include_answers: true })).resolves.toMatchObject({
    status: 'written',
    reason_text: expect.stringContaining('Completed At or Quality Score filled in: leave both empty.'),
  });
});

describe('an interview that fails', () => {
  test('in the future is refused before anything is sent', async () => {
    const { send, requests } = network();
    const failure = await failureOf(sent(send, {}, COMPLETED - 3_600_000));
    expect(failure.details.code).toBe('completed_in_the_future');
    expect(requests).toEqual([]);
  });

  test('with a user id of 4 characters is told which option there is for it', async () => {
    const refusal = reply(400, {
      code: 400,
      events_with_invalid_id_lengths: { user_id: [0] },
      error: 'Invalid id length for user_id or device_id',
    });
    const { send, requests } = network(refusal);
    const failure = await failureOf(sent(send, { amplitude_user_id: 'u_42' }));
    expect(failure.details).toMatchObject({ kind: 'data', code: 'invalid_id_length' });
    expect(failure.message).toContain('Minimum ID Length');
    expect(requests).toHaveLength(1);
  });
});

describe('the sample that the editor shows', () => {
  test('has exactly the keys of a real result, in their order', async () => {
    const { send } = network(taken);
    expect(Object.keys(sampleSentEvent).sort()).toEqual(Object.keys(await sent(send)).sort());
    expect(Object.keys(sampleSentEvent)).toEqual(Object.keys(sentEventSchema.shape));
  });

  test('is a result as the schema describes it', () => {
    expect(sentEventSchema.parse(sampleSentEvent)).toEqual(sampleSentEvent);
  });

  test('is an event that was written', () => {
    expect(sampleSentEvent).toEqual({
      id: 'koji:interview_completed:int_4f9d2c81',
      status: 'written',
      reason: null,
      reason_text: null,
      event_type: 'koji.interview_completed',
      user_id: 'user_10042',
      identified_by: 'id',
      event_time: '2026-05-24T11:41:22.000Z',
      user_properties_updated: true,
      events_ingested: 2,
    });
  });
});

test.each([
  ['written by id', [taken], {}],
  ['written by email', [taken], { identify_by: 'email' }],
  ['skipped', [], { quality_score: 1 }],
])('what was %s is of the shape that people map from', async (_what, answers, fields) => {
  const result = await sent(network(...answers).send, fields);
  expect(sentEventSchema.strict().parse(result)).toEqual(result);
});

test('each field has the name that people read when they map it', () => {
  expect(outputFields(sentEventSchema).map(({ label }) => label)).toEqual([
    'Event ID',
    'Status',
    'Reason',
    'Reason in Words',
    'Event Type',
    'User ID',
    'Identified By',
    'Event Time',
    'User Properties Updated',
    'Events Ingested',
  ]);
});
