import { isVerification, readDelivery } from '../../koji/delivery.ts';
import { sampleWireInterview } from '../../koji/sample.ts';

const envelope = {
  event: 'interview.analysis_ready',
  id: 'evt_1',
  created_at: '2026-05-24T11:41:27Z',
  data: sampleWireInterview,
};
const { event, data, ...without } = envelope;

describe('a delivery that brings an interview (K8)', () => {
  test.each([
    ['as Koji sends it', envelope],
    ['with type for event', { ...without, data, type: event }],
    ['with the interview in {"interview": …}', { ...envelope, data: { interview: data } }],
    ['flat', { ...data, event, id: 'evt_1' }],
    ['flat, with type for event', { ...data, type: event }],
    ['flat, with empty data', { ...data, event, data: null }],
    ['with an event and another type', { ...envelope, type: 'event' }],
    ['with an event that is no text, and a type', { ...without, data, event: 7, type: event }],
    ['with fields of next year', { ...envelope, attempt: 2, data: { ...data, tags: ['x'] } }],
  ])('%s', (_name, body) => {
    expect(readDelivery(JSON.stringify(body))).toMatchObject({
      kind: 'interview',
      interview: { id: 'int_sample_4f9d2c81', quality_score: 4, respondent_email: 'ada@example.com' },
    });
  });

  test('its interview counts as analyzed, whatever its status says', () => {
    const body = { ...envelope, data: { ...data, status: 'completed' } };
    expect(readDelivery(JSON.stringify(body))).toMatchObject({
      kind: 'interview',
      interview: { status: 'completed', is_analyzed: true },
    });
  });

  test('letters outside ASCII come through', () => {
    const body = { ...envelope, data: { ...data, summary: 'Zoë: 価格が不明 💸' } };
    expect(readDelivery(JSON.stringify(body))).toMatchObject({ interview: { summary: 'Zoë: 価格が不明 💸' } });
  });

  test.each(['anonymous', 'is_anonymous', 'isAnonymous', 'anonymized'])(
    'the flag %s around the interview alone brings nobody',
    (flag) => {
      expect(readDelivery(JSON.stringify({ ...envelope, [flag]: true }))).toMatchObject({
        interview: { is_anonymous: true, respondent_email: null, respondent_id: null, respondent_name: null },
      });
    },
  );

  const hidden = { is_anonymous: true, respondent_email: null, respondent_id: null, respondent_name: null };
  test.each(['anonymous', { anonymous: true }, { is_anonymous: 'yes' }])(
    'a respondent around the interview who is %j brings nobody',
    (respondent) => {
      const beside = { ...envelope, data: { interview: data, respondent } };
      const around = { ...envelope, respondent };
      for (const body of [beside, around, { ...around, data: { interview: data } }])
        expect(readDelivery(JSON.stringify(body))).toMatchObject({ interview: hidden });
    },
  );

  test.each([
    ['alone', {}, false],
    ['with a flag beside it', { is_anonymous: true }, true],
    ['with a flagged respondent beside it', { respondent: { anonymous: true } }, true],
    ['with an unflagged respondent beside it', { respondent: { external_id: 'user_1' } }, false],
  ])('an id %s is the news of an analysis that is to be read from Koji', (_name, more, isAnonymous) => {
    const body = { ...envelope, ...more, data: { interview_id: 'int_1', status: 'analysis_ready' } };
    expect(readDelivery(JSON.stringify(body))).toEqual({ kind: 'id', interviewId: 'int_1', isAnonymous });
  });

  test.each([
    ['a score', { quality_score: undefined }],
    ['a score that is one', { quality_score: 'n/a' }],
    ['a sentiment and themes', { sentiment: null, themes: [] }],
    ['any moment', { completed_at: undefined, analyzed_at: 'soon' }],
    ['a word of an email', { respondent_email: undefined }],
  ])('an interview without %s is to be read from Koji, which may say it', (_what, lacks) => {
    const told = { kind: 'id', interviewId: 'int_sample_4f9d2c81', isAnonymous: false };
    const partial = { ...data, ...lacks };
    for (const body of [partial, { interview: partial }])
      expect(readDelivery(JSON.stringify({ ...envelope, data: body }))).toEqual(told);
  });

  test.each([
    ['no sentiment', { sentiment: null }],
    ['no themes', { themes: [] }],
    ['no end, but the moment of its analysis', { completed_at: null }],
    ['an email that is null', { respondent_email: null }],
    ['an email that is none', { respondent_email: 'n/a' }],
    ['no word of an email, but a flag', { respondent_email: undefined, is_anonymous: true }],
  ])('one with %s is whole', (_what, more) => {
    const whole = { ...data, ...more };
    for (const body of [whole, { interview: whole }])
      expect(readDelivery(JSON.stringify({ ...envelope, data: body }))).toMatchObject({ kind: 'interview' });
  });

  test.each([null, 'ada@example.com'])('the email may stand beside it, as %j', (respondent_email) => {
    const interview = { ...data, respondent_email: undefined };
    const body = { ...envelope, data: { interview, respondent_email } };
    expect(readDelivery(JSON.stringify(body))).toMatchObject({ kind: 'interview', interview: { respondent_email } });
  });

  test('an interview flagged anonymous brings nobody', () => {
    const body = { ...envelope, data: { ...data, is_anonymous: true } };
    expect(readDelivery(JSON.stringify(body))).toMatchObject({
      interview: { is_anonymous: true, respondent_email: null, respondent_id: null, respondent_name: null },
    });
  });
});

test.each([
  ['an empty body', ''],
  ['a body of spaces', ' \n'],
  ['the event webhook.verification', '{"event":"webhook.verification"}'],
  ['the type webhook.verification', '{"type":"webhook.verification"}'],
  ['as much as anybody needs for it', '{"event":"webhook.verification"}'.padEnd(10_000)],
])('%s is the check that the address answers (K10)', (_name, rawBody) => {
  expect([readDelivery(rawBody), isVerification(rawBody)]).toEqual([{ kind: 'verification' }, true]);
});

test.each([
  ['another event', '{"event":"interview.analysis_ready"}'],
  ['what is no JSON', 'webhook.verification'],
  ['more than anybody needs for it', '{"event":"webhook.verification"}'.padEnd(10_001)],
])('%s is no check of the address', (_name, rawBody) => {
  expect(isVerification(rawBody)).toBe(false);
});

test.each(['interview.completed', 'interview.quality_scored', 'study.published', 'INTERVIEW.ANALYSIS_READY'])(
  'the event %s starts nothing, even with an interview in it',
  (other) => {
    expect(readDelivery(JSON.stringify({ ...envelope, event: other }))).toEqual({ kind: 'other event', event: other });
  },
);

test.each([
  ['an empty object', {}],
  ['an interview without an event', { data }],
  ['an event that is no text', { event: 7, data }],
])('%s starts nothing', (_name, body) => {
  expect(readDelivery(JSON.stringify(body))).toEqual({ kind: 'other event', event: 'without a name' });
});

test.each([
  ['a text that is not JSON', 'event=interview.analysis_ready'],
  ['a web page', '<html></html>'],
  ['JSON that is cut off', JSON.stringify(envelope).slice(0, -1)],
  ['a list', JSON.stringify([envelope])],
  ['null', 'null'],
  ['a number', '7'],
  ['a text in JSON', '"interview.analysis_ready"'],
])('%s can not be read', (_name, rawBody) => {
  expect(readDelivery(rawBody)).toEqual({ kind: 'unreadable', because: 'the body is not a JSON object' });
});

test('an interview whose id stands as `id` is read, as it is in its own data', () => {
  const { interview_id: id, ...others } = data;
  expect(readDelivery(JSON.stringify({ event, id: 'evt_1', data: { id, ...others } }))).toMatchObject({
    kind: 'interview',
    interview: { interview_id: id },
  });
});

test.each([
  ['without data', { event }],
  ['whose data is empty', { event, data: {} }],
  ['whose data is a list', { event, data: [data] }],
  ['whose data is the interview as text', { event, data: JSON.stringify(data) }],
  ['whose interview has no id', { event, data: { ...data, interview_id: undefined } }],
  ['whose interview has a placeholder for an id', { event, data: { ...data, interview_id: 'null' } }],
  ['in a flat body, whose id is its own', { event, ...data, id: 'evt_1', interview_id: undefined }],
  ['whose interview has an empty id', { event, data: { ...data, interview_id: '' } }],
])('an analysis %s can not be read', (_name, body) => {
  expect(readDelivery(JSON.stringify(body))).toEqual({
    kind: 'unreadable',
    because: 'interview.analysis_ready came without an interview',
  });
});
