import {
  interviewEventInput,
  interviewOf,
  interviewToWrite,
  skipReasons,
  themesForPerson,
  toInterviewEvent,
} from '../../amplitude/interview-event.ts';
import { readInput } from '../../boundary/values.ts';
import { wireInterview } from '../../koji/contract.ts';
import { toInterview } from '../../koji/interview.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { structuredAnswers } from '../../koji/structured-answers.ts';
import { expectToBeReadInFull, failureOf, thrownBy } from '../support/failures.ts';
import { COMPLETED, decide, eventOf, filledIn, inputWith, NOW, outcomeOf } from './filled-in.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SEVEN_DAYS = 604_800_000;

describe('the event of an interview', () => {
  test('holds exactly what Koji’s page asks for', () => {
    expect(decide()).toEqual({
      identifiedBy: 'id',
      updatesUserProperties: true,
      isWorthALook: false,
      event: {
        user_id: 'user_10042',
        event_type: 'koji.interview_completed',
        time: 1779622882000,
        insert_id: 'koji:interview_completed:int_77',
        event_properties: {
          theme_top_1: 'pricing confusion',
          theme_top_2: 'onboarding friction',
          sentiment: 'negative',
          quality_score: 4,
          transcript_url: 'https://koji.so/interviews/int_77/transcript',
        },
        user_properties: {
          last_interview_at: '2026-05-24T11:41:22',
          last_interview_sentiment: 'negative',
          last_interview_themes: ['pricing confusion', 'onboarding friction', 'missing invoices'],
          last_interview_quality: 4,
        },
        user_property_operations: {
          $set: {
            last_interview_at: '2026-05-24T11:41:22',
            last_interview_sentiment: 'negative',
            last_interview_themes: ['pricing confusion', 'onboarding friction', 'missing invoices'],
            last_interview_quality: 4,
          },
        },
      },
    });
  });

  test('has the sentiment in small letters, because Amplitude would count others apart', () => {
    const event = eventOf({ sentiment: 'Negative' });
    expect(event.event_properties.sentiment).toBe('negative');
    expect(event.user_properties?.last_interview_sentiment).toBe('negative');
  });

  test('leaves out what is not known, instead of writing it as empty', () => {
    const event = eventOf({ themes: ['pricing confusion'], sentiment: '', transcript_url: null });
    expect(event.event_properties).toEqual({ theme_top_1: 'pricing confusion', quality_score: 4 });
    expect(event.user_properties).toEqual({
      last_interview_at: '2026-05-24T11:41:22',
      last_interview_themes: ['pricing confusion'],
      last_interview_quality: 4,
    });
  });

  test.each([
    ['sentiment', { sentiment: '' }, ['last_interview_sentiment']],
    ['themes', { themes: [] }, ['last_interview_themes']],
    [
      'sentiment and themes',
      { sentiment: null, themes: undefined },
      ['last_interview_sentiment', 'last_interview_themes'],
    ],
  ])('without %s takes from the person what the interview before has left there', (_name, fields, lost) => {
    expect(Object.keys(eventOf(fields).user_property_operations?.$unset ?? {})).toEqual(lost);
  });

  test.each([
    ['an old interview', {}, NOW + 30 * DAY],
    ['one that never updates the person', { update_user_properties: 'never' }, NOW],
  ])('takes nothing from the person for %s', (_name, fields, now) => {
    expect(eventOf({ ...fields, sentiment: '' }, now)).not.toHaveProperty('user_property_operations');
  });

  test('leaves out the themes where there are none', () => {
    const event = eventOf({ themes: [] });
    expect(Object.keys(event.event_properties)).toEqual(['sentiment', 'quality_score', 'transcript_url']);
    expect(Object.keys(event.user_properties ?? {})).toEqual([
      'last_interview_at',
      'last_interview_sentiment',
      'last_interview_quality',
    ]);
  });

  test('says nothing about platform, device or place, because that would reset what Amplitude knows of them', () => {
    expect(Object.keys(eventOf())).toEqual([
      'user_id',
      'event_type',
      'time',
      'insert_id',
      'event_properties',
      'user_properties',
      'user_property_operations',
    ]);
  });

  test('has a score given as text as a number', () => {
    const event = eventOf({ quality_score: '4' });
    expect(event.event_properties.quality_score).toBe(4);
    expect(event.user_properties?.last_interview_quality).toBe(4);
  });

  test('keeps a score between two whole numbers', () => {
    expect(eventOf({ quality_score: '3.5' }).event_properties.quality_score).toBe(3.5);
  });

  test('happens when the interview was completed, not when it is sent', () => {
    expect(eventOf({}, NOW + DAY).time).toBe(1779622882000);
  });

  test('gives the date of the last interview always in the same shape, without fractions and zone', () => {
    const event = eventOf({ completed_at: '2026-05-24T13:41:22.987+02:00' });
    expect(event.user_properties?.last_interview_at).toBe('2026-05-24T11:41:22');
  });

  test('is the same for an interview that comes from Koji and for one filled in field by field', () => {
    const interview = toInterview(wireInterview.parse({ ...sampleWireInterview, interview_id: 'int_77' }));
    const fromKoji = toInterviewEvent({ ...interview, completed_at: COMPLETED }, inputWith(), NOW);
    const fieldByField = decide({ transcript_url: 'https://koji.so/interviews/int_sample_4f9d2c81/transcript' });
    expect(fieldByField).toEqual(fromKoji);
  });
});

describe('the id by which Amplitude drops repeats', () => {
  test('is the same however often an interview is sent, and whenever', () => {
    expect(eventOf({}, NOW).insert_id).toBe('koji:interview_completed:int_77');
    expect(eventOf({}, NOW + 3 * DAY).insert_id).toBe('koji:interview_completed:int_77');
  });

  test('does not change with the answers of the interview', () => {
    expect(eventOf({ quality_score: 5, themes: ['support'] }).insert_id).toBe('koji:interview_completed:int_77');
  });

  test('differs from interview to interview', () => {
    expect(eventOf({ interview_id: 'int_78' }).insert_id).toBe('koji:interview_completed:int_78');
  });

  test('holds the name of an event of your own', () => {
    expect(eventOf({ event_type: 'Interview Done' }).insert_id).toBe('Interview Done:int_77');
    expect(eventOf({ event_type: 'my koji.interview' }).insert_id).toBe('my koji.interview:int_77');
  });

  test('differs between two event names, so that neither event is dropped as a repeat of the other', () => {
    const withPrefix = eventOf({ event_type: 'koji.interview_completed' }).insert_id;
    expect(eventOf({ event_type: 'interview_completed' }).insert_id).not.toBe(withPrefix);
  });
});

describe('the name of the event', () => {
  test.each([
    ['left empty', ''],
    ['of spaces only', '  '],
    ['not given', undefined],
    ['null', null],
  ])('%s is koji.interview_completed', (_name, event_type) => {
    expect(eventOf({ event_type }).event_type).toBe('koji.interview_completed');
  });

  test('of your own is used without the spaces around it', () => {
    expect(eventOf({ event_type: ' Interview Done ' }).event_type).toBe('Interview Done');
  });

  test.each(['$identify', '$groupidentify', '[Amplitude] Start Session', '[amplitude] revenue', '_all', '_identify'])(
    "can't be Amplitude's own %s",
    (event_type) => {
      expect(thrownBy(() => decide({ event_type })).message).toBe(
        "Nothing was sent to Amplitude: the field Event Type must not be one of Amplitude's own event names.",
      );
    },
  );

  test.each([[['a', 'b']], [[]], [true], [{ name: 'a' }]])('%j is refused, because it is no text', (event_type) => {
    expect(thrownBy(() => decide({ event_type })).message).toBe(
      'Nothing was sent to Amplitude: the field Event Type must be text.',
    );
  });

  test.each(['null', 'N/A', '[object Object]', '{{5__event}}'])('%s is refused: it names no event', (event_type) => {
    expect(thrownBy(() => decide({ event_type })).message).toContain('Event Type');
  });

  test.each([
    '_all_interviews',
    'interviews_all',
    'my_identify',
    '_identify_by_email',
    'Costs in $',
    'Sent to [Amplitude]',
  ])('can be %s', (event_type) => {
    expect(eventOf({ event_type }).event_type).toBe(event_type);
  });
});

describe('whether the person is updated', () => {
  const skipsTheSync = { updatesUserProperties: false, event: { $skip_user_properties_sync: true } };

  test.each([
    ['a minute', COMPLETED + MINUTE],
    ['exactly a day', COMPLETED + DAY],
    ['not even a moment, with a clock that is a minute behind', COMPLETED - MINUTE],
  ])('recent: yes, when the interview is %s old', (_age, now) => {
    expect(decide({ update_user_properties: 'recent' }, now)).toMatchObject({
      updatesUserProperties: true,
      event: { user_properties: { last_interview_at: '2026-05-24T11:41:22' } },
    });
    expect(eventOf({ update_user_properties: 'recent' }, now)).not.toHaveProperty('$skip_user_properties_sync');
  });

  test('recent: no, when the interview is a second older than a day, because a newer one may have been written', () => {
    const now = COMPLETED + DAY + 1_000;
    expect(decide({ update_user_properties: 'recent' }, now)).toMatchObject(skipsTheSync);
    expect(eventOf({ update_user_properties: 'recent' }, now)).not.toHaveProperty('user_properties');
  });

  test('always: yes, even a year later', () => {
    const event = eventOf({ update_user_properties: 'always' }, COMPLETED + 365 * DAY);
    expect(event.user_properties?.last_interview_sentiment).toBe('negative');
    expect(event).not.toHaveProperty('$skip_user_properties_sync');
  });

  test('never: no, even at once', () => {
    expect(decide({ update_user_properties: 'never' })).toMatchObject(skipsTheSync);
    expect(eventOf({ update_user_properties: 'never' })).not.toHaveProperty('user_properties');
  });

  test.each([
    ['', COMPLETED + DAY, true],
    ['', COMPLETED + DAY + 1_000, false],
  ])('left empty, it is recent', (update_user_properties, now, updatesUserProperties) => {
    expect(decide({ update_user_properties }, now)).toMatchObject({ updatesUserProperties });
  });

  test.each([
    ['recent', HOUR, false],
    ['recent', HOUR + 1, true],
    ['recent', SEVEN_DAYS, true],
    ['recent', SEVEN_DAYS + 1, false],
    ['always', HOUR, false],
    ['always', 365 * DAY, true],
    ['never', 2 * HOUR, false],
  ])('%s, %d ms after the end: is it worth a look at what the person has? %s', (update_user_properties, age, is) => {
    expect(decide({ update_user_properties }, COMPLETED + age)).toMatchObject({ isWorthALook: is });
  });

  describe('once it is known what the person has', () => {
    const having = (last: number | null, update_user_properties: string, age: number) => {
      const input = inputWith({ update_user_properties });
      return toInterviewEvent(interviewOf(input), input, COMPLETED + age, last);
    };
    test.each([
      ['nothing, a week later', null, 'recent', SEVEN_DAYS, true],
      ['nothing, more than a week later', null, 'recent', SEVEN_DAYS + 1, false],
      ['an older one', COMPLETED - DAY, 'recent', 3 * DAY, true],
      ['this one', COMPLETED, 'recent', 3 * DAY, true],
      ['one a second newer', COMPLETED + 1_000, 'recent', 2 * HOUR, false],
      ['a newer one, always updating', COMPLETED + 1_000, 'always', 30 * DAY, false],
      ['an older one, always updating', COMPLETED - 1_000, 'always', 30 * DAY, true],
    ] as const)('%s', (_name, last, when, age, updatesUserProperties) => {
      expect(having(last, when, age)).toMatchObject({ updatesUserProperties });
    });
  });

  test('any other word is refused with the three there are', () => {
    expect(thrownBy(() => decide({ update_user_properties: 'sometimes' })).message).toBe(
      'Nothing was sent to Amplitude: the field Update User Properties must be one of recent, always, never.',
    );
  });
});

describe('long values', () => {
  test.each([
    ['of exactly 1,024 characters stays whole', 'x'.repeat(1024), 'x'.repeat(1024)],
    ['of 1,025 characters loses the last', `${'x'.repeat(1024)}y`, 'x'.repeat(1024)],
    ['whose emoji would be cut in two ends before it', `${'x'.repeat(1023)}🙂`, 'x'.repeat(1023)],
    ['whose emoji just fits keeps it', `${'x'.repeat(1022)}🙂y`, `${'x'.repeat(1022)}🙂`],
  ])('a sentiment %s', (_name, sentiment, written) => {
    const event = eventOf({ sentiment });
    expect(event.event_properties.sentiment).toBe(written);
    expect(event.user_properties?.last_interview_sentiment).toBe(written);
  });

  test('a theme is cut to 1,024 characters', () => {
    const event = eventOf({ themes: ['a'.repeat(1025), 'b'.repeat(2000)] });
    expect(event.event_properties.theme_top_1).toBe('a'.repeat(1024));
    expect(event.event_properties.theme_top_2).toBe('b'.repeat(1024));
  });

  test('a property of your own is cut to 1,024 characters', () => {
    expect(eventOf({ event_properties: { note: 'n'.repeat(3000) } }).event_properties.note).toBe('n'.repeat(1024));
  });

  test('a transcript URL of 3,000 characters is left out, because half an address leads nowhere', () => {
    const transcript_url = `https://koji.so/${'t'.repeat(2984)}`;
    expect(transcript_url).toHaveLength(3000);
    expect(eventOf({ transcript_url }).event_properties).not.toHaveProperty('transcript_url');
  });

  test('a transcript URL of 1,024 characters is written', () => {
    const transcript_url = `https://koji.so/${'t'.repeat(1008)}`;
    expect(eventOf({ transcript_url }).event_properties.transcript_url).toHaveLength(1024);
  });

  test('spaces around a transcript URL are no part of it', () => {
    expect(eventOf({ transcript_url: ' https://koji.so/t/1\n' }).event_properties.transcript_url).toBe(
      'https://koji.so/t/1',
    );
  });
});

describe('the themes of the person', () => {
  const numbered = (count: number) =>
    Array.from({ length: count }, (_, index) => `theme ${String(index + 1).padStart(2, '0')} of about thirty chars`);

  test.each([
    ['none stay none', [], []],
    ['one stays as it is', ['pricing'], ['pricing']],
    ['1,024 characters with the joints between stay whole', ['a'.repeat(1000), 'b'.repeat(23)], 2],
    ['the one that does not fit is dropped whole', ['a'.repeat(1000), 'b'.repeat(24)], ['a'.repeat(1000)]],
    ['what comes after one that does not fit is dropped as well', ['a', 'b'.repeat(1100), 'c'], ['a']],
    ['a single one too long is cut', ['a'.repeat(1100)], ['a'.repeat(1024)]],
    ['a first one too long is cut and stays alone', ['a'.repeat(1100), 'b'], ['a'.repeat(1024)]],
    ['a first one as long as the limit stays alone', ['a'.repeat(1024), 'b'], ['a'.repeat(1024)]],
    ['a first one a character short of the limit stays alone', ['a'.repeat(1023), 'b'], ['a'.repeat(1023)]],
    ['a single one is not cut through an emoji', [`${'a'.repeat(1023)}🙂`], ['a'.repeat(1023)]],
    ['one whose emoji is cut is dropped whole', ['a'.repeat(1000), `${'b'.repeat(22)}🙂`], ['a'.repeat(1000)]],
  ] satisfies [string, string[], string[] | number][])('%s', (_name, themes, kept) => {
    expect(themesForPerson(themes)).toEqual(typeof kept === 'number' ? themes.slice(0, kept) : kept);
  });

  test('one that ends exactly where the limit is stays, because it is whole', () => {
    expect(themesForPerson(['a'.repeat(1000), 'b'.repeat(23), 'c'])).toEqual(['a'.repeat(1000), 'b'.repeat(23)]);
  });

  test('of 50 themes as many whole ones as fit are kept, and the event has the first two', () => {
    const fifty = numbered(50);
    expect(fifty[0]).toHaveLength(30);
    const event = eventOf({ themes: fifty });
    // 33 themes of 30 characters and 32 joints are 1,022 characters.
    expect(event.user_properties?.last_interview_themes).toEqual(numbered(33));
    expect(event.event_properties.theme_top_1).toBe('theme 01 of about thirty chars');
    expect(event.event_properties.theme_top_2).toBe('theme 02 of about thirty chars');
    expect(event.event_properties).not.toHaveProperty('theme_top_3');
  });

  test('have no separator in them, and a comma within a theme stays', () => {
    const event = eventOf({ themes: ['price, per seat', 'support'] });
    expect(event.user_properties?.last_interview_themes).toEqual(['price, per seat', 'support']);
  });
});

describe('properties of your own', () => {
  test('are added to the event, and not to the person', () => {
    const event = eventOf({ event_properties: { plan: 'trial', seats: 3 } });
    expect(event.event_properties).toMatchObject({ plan: 'trial', seats: 3, sentiment: 'negative' });
    expect(event.user_properties).not.toHaveProperty('plan');
  });

  test('never replace what Koji says', () => {
    const event = eventOf({ event_properties: { sentiment: 'positive', quality_score: '5' } });
    expect(event.event_properties).toMatchObject({ sentiment: 'negative', quality_score: 4 });
  });

  test('that are empty are left out', () => {
    expect(eventOf({ event_properties: { plan: '' } }).event_properties).not.toHaveProperty('plan');
  });

  test('that are mapped to something that is not there are left out', () => {
    const event = eventOf({ event_properties: { plan: null, source: 'web' } });
    expect(event.event_properties).toMatchObject({ source: 'web' });
    expect(event.event_properties).not.toHaveProperty('plan');
  });

  test.each([
    ['a number', 3.5],
    ['yes', true],
    ['a list of texts', ['a', 'b']],
  ])('that are %s stay that', (_name, plan) => {
    expect(eventOf({ event_properties: { plan } }).event_properties.plan).toEqual(plan);
  });

  test('that can not be written do not keep the others out', () => {
    const { event_properties } = eventOf({ event_properties: { plan: { a: 1 }, source: 'web' } });
    expect(event_properties).toMatchObject({ source: 'web' });
    expect(event_properties).not.toHaveProperty('plan');
  });

  test('that are no pairs are refused', () => {
    expect(thrownBy(() => decide({ event_properties: 'plan' })).message).toBe(
      'Nothing was sent to Amplitude: the field Event Properties must be pairs of a name and a text.',
    );
  });
});

describe('who the event is written to', () => {
  test.each([
    ['by default the id', {}, 'user_10042'],
    ['by default the email where there is no id', { amplitude_user_id: '' }, 'ada@example.com'],
    ['by id_then_email the id', { identify_by: 'id_then_email' }, 'user_10042'],
    ['by id the id', { identify_by: 'id' }, 'user_10042'],
    ['by id nobody where there is no id', { identify_by: 'id', amplitude_user_id: null }, 'no_user_id'],
    ['by id nobody where the id is an email', { identify_by: 'id', amplitude_user_id: 'ada@corp.test' }, 'no_user_id'],
    ['by email the email', { identify_by: 'email' }, 'ada@example.com'],
    ['an email without the spaces around it', { identify_by: 'email', respondent_email: ' ada@x.io ' }, 'ada@x.io'],
    ['an email as it is written', { identify_by: 'email', respondent_email: 'Ada@Example.com' }, 'Ada@Example.com'],
    ['an id with the spaces around it', { amplitude_user_id: ' user_10042 ' }, ' user_10042 '],
    ['an id in capitals as it is', { amplitude_user_id: 'USER_10042' }, 'USER_10042'],
    ['an id that is a number as its digits', { amplitude_user_id: 10042 }, '10042'],
    ['an id of 4 characters, which is for Amplitude to judge', { amplitude_user_id: 'u_42' }, 'u_42'],
    ['nobody called null', { amplitude_user_id: 'null' }, 'blocked_user_id'],
    ['nobody called Anonymous', { amplitude_user_id: 'Anonymous' }, 'blocked_user_id'],
    ['nobody called 0', { amplitude_user_id: 0 }, 'blocked_user_id'],
  ])('%s', (_name, fields, outcome) => {
    expect(outcomeOf(decide(fields))).toBe(outcome);
  });

  test('any other way to identify is refused with the three there are', () => {
    expect(thrownBy(() => decide({ identify_by: 'phone' })).message).toBe(
      'Nothing was sent to Amplitude: the field Identify By must be one of id_then_email, id, email.',
    );
  });
});

describe('why an interview stays out', () => {
  test.each([
    ['the sample', { interview_id: 'int_sample_4f9d2c81' }, 'sample'],
    ['flagged as anonymous', { is_anonymous: true }, 'anonymous'],
    ['without an email', { respondent_email: '' }, 'anonymous'],
    ['without score, sentiment and themes', { quality_score: '', sentiment: '', themes: [] }, 'not_analyzed'],
    ['without a score', { quality_score: null }, 'no_quality_score'],
    ['without a score, with a sentiment alone', { quality_score: null, themes: [] }, 'no_quality_score'],
    ['without a score, with themes alone', { quality_score: null, sentiment: null }, 'no_quality_score'],
    ['with a score outside 1 to 5', { quality_score: 6 }, 'no_quality_score'],
    ['with a score of 0', { quality_score: 0 }, 'no_quality_score'],
    ['with a score that is no number', { quality_score: 'good' }, 'no_quality_score'],
    ['below the default minimum', { quality_score: 2 }, 'below_quality'],
    ['a little below the minimum', { quality_score: 2.9 }, 'below_quality'],
    ['below the minimum chosen', { minimum_quality: 5 }, 'below_quality'],
    ['without the id that is asked for', { identify_by: 'id', amplitude_user_id: '' }, 'no_user_id'],
    ['with a placeholder as its id', { amplitude_user_id: 'undefined' }, 'blocked_user_id'],
  ])('%s', (_name, fields, reason) => {
    expect(decide(fields)).toEqual({ skipped: reason });
  });

  test.each([
    ['of exactly the default minimum', { quality_score: 3 }],
    ['of 1, where 1 is enough', { quality_score: '1', minimum_quality: '1' }],
  ])('a score %s is good enough', (_name, fields) => {
    expect(outcomeOf(decide(fields))).toBe('user_10042');
  });

  test('an interview that Koji has not analyzed stays out, whatever its score', () => {
    const interview = { ...interviewOf(inputWith()), is_analyzed: false };
    expect(toInterviewEvent(interview, inputWith(), NOW)).toEqual({ skipped: 'not_analyzed' });
  });

  test('the sample stays out though it was made up in the future or without a score', () => {
    const fields = { interview_id: 'int_sample_4f9d2c81', quality_score: '' };
    expect(decide(fields, COMPLETED - DAY)).toEqual({ skipped: 'sample' });
  });

  test('each reason has its sentence', () => {
    expect(skipReasons).toEqual({
      anonymous:
        'Koji has no email for this interview, or marks it as anonymous, so it is written to nobody. Start interviews with an email; if you give Koji IDs only, turn on writing without email.',
      no_user_id:
        'The interview has no user ID or email of the kind that {field:identify_by} asks for. Start interviews with the ID, or identify by something else.',
      blocked_user_id:
        'The user ID is a placeholder that stands for nobody, such as null or anonymous. Check what the interview was started with.',
      below_quality: 'The quality score is below the minimum quality.',
      no_quality_score: 'The interview has no quality score from 1 to 5.',
      not_analyzed: 'Koji has not analyzed this interview yet.',
      sample: 'This is the sample interview, so no made-up person was written.',
    });
  });
});

describe('anonymous interviews, as the step is filled in (K14)', () => {
  const email = 'ada@example.com';
  const id = 'user_10042';
  const emailAsId = 'grace@example.com';

  // Without an email Koji's interview is anonymous by definition, so there the flag adds nothing to what the id says.
  test.each([
    // is_anonymous, respondent_email, amplitude_user_id, as it is by default, with Write Without Email
    [false, email, id, 'user_10042', 'user_10042'],
    [false, email, emailAsId, 'grace@example.com', 'grace@example.com'],
    [false, email, '', 'ada@example.com', 'ada@example.com'],
    [false, '', id, 'anonymous', 'user_10042'],
    [false, '', emailAsId, 'anonymous', 'anonymous'],
    [false, '', '', 'anonymous', 'anonymous'],
    [true, email, id, 'anonymous', 'anonymous'],
    [true, email, emailAsId, 'anonymous', 'anonymous'],
    [true, email, '', 'anonymous', 'anonymous'],
    [true, '', id, 'anonymous', 'user_10042'],
    [true, '', emailAsId, 'anonymous', 'anonymous'],
    [true, '', '', 'anonymous', 'anonymous'],
    ['', email, id, 'user_10042', 'user_10042'],
    ['', email, emailAsId, 'grace@example.com', 'grace@example.com'],
    ['', email, '', 'ada@example.com', 'ada@example.com'],
    ['', '', id, 'anonymous', 'user_10042'],
    ['', '', emailAsId, 'anonymous', 'anonymous'],
    ['', '', '', 'anonymous', 'anonymous'],
  ])(
    'is_anonymous "%s", email "%s", id "%s": %s, or %s with Write Without Email',
    (is_anonymous, respondent_email, amplitude_user_id, byDefault, withOption) => {
      const fields = { is_anonymous, respondent_email, amplitude_user_id };
      expect(outcomeOf(decide(fields))).toBe(byDefault);
      expect(outcomeOf(decide({ ...fields, write_without_email: false }))).toBe(byDefault);
      expect(outcomeOf(decide({ ...fields, write_without_email: true }))).toBe(withOption);
    },
  );

  test('an id of spaces is no id to write to', () => {
    const interview = { ...interviewOf(inputWith()), respondent_email: null, respondent_id: '  ' };
    const rules = inputWith({ write_without_email: true });
    expect(toInterviewEvent(interview, rules, NOW)).toEqual({ skipped: 'anonymous' });
  });

  test('Write Without Email does not help where the email is what identifies', () => {
    const fields = { respondent_email: '', write_without_email: true, identify_by: 'email' };
    expect(decide(fields)).toEqual({ skipped: 'no_user_id' });
  });

  test('Write Without Email does not lower the quality that is asked for', () => {
    const fields = { respondent_email: '', write_without_email: true, quality_score: 2 };
    expect(decide(fields)).toEqual({ skipped: 'below_quality' });
  });
});

describe('anonymous interviews, as Koji sends them (K14)', () => {
  const outcomeFromKoji = (wire: Record<string, unknown>, write_without_email: boolean) => {
    const interview = toInterview(wireInterview.parse({ ...sampleWireInterview, interview_id: 'int_77', ...wire }));
    const rules = inputWith({ write_without_email });
    return outcomeOf(toInterviewEvent({ ...interview, completed_at: COMPLETED }, rules, NOW));
  };
  const withId = { external_id: 'user_10042' };

  test.each([
    ['a person', { respondent: withId }, 'user_10042', 'user_10042'],
    ['no email, and an id', { respondent_email: null, respondent: withId }, 'anonymous', 'user_10042'],
    [
      'no email, and an email as id',
      { respondent_email: null, respondent: { external_id: 'ada@example.com' } },
      'anonymous',
      'anonymous',
    ],
    ['no email and no id', { respondent_email: null, respondent: {} }, 'anonymous', 'anonymous'],
    ['anonymous: true', { anonymous: true, respondent: withId }, 'anonymous', 'anonymous'],
    ['is_anonymous: true', { is_anonymous: true, respondent: withId }, 'anonymous', 'anonymous'],
    ['anonymous: true in respondent', { respondent: { ...withId, anonymous: true } }, 'anonymous', 'anonymous'],
    ['is_anonymous: true in respondent', { respondent: { ...withId, is_anonymous: true } }, 'anonymous', 'anonymous'],
    [
      'no email, an id, and anonymous: true',
      { respondent_email: null, anonymous: true, respondent: withId },
      'anonymous',
      'anonymous',
    ],
    [
      'no email, an id, and is_anonymous: true in respondent',
      { respondent_email: null, respondent: { ...withId, is_anonymous: true } },
      'anonymous',
      'anonymous',
    ],
  ])('%s', (_name, wire, byDefault, withOption) => {
    expect(outcomeFromKoji(wire, false)).toBe(byDefault);
    expect(outcomeFromKoji(wire, true)).toBe(withOption);
  });
});

describe('when the interview was completed', () => {
  test.each([
    ['with the zone of Greenwich', '2026-05-24T11:41:22Z', 1779622882000],
    ['with another zone', '2026-05-24T13:41:22+02:00', 1779622882000],
    ['with another zone without its colon', '2026-05-24T06:41:22-0500', 1779622882000],
    ['with a space in the middle', '2026-05-24 11:41:22Z', 1779622882000],
    ['with milliseconds', '2026-05-24T11:41:22.250Z', 1779622882250],
    ['in seconds', 1779622882, 1779622882000],
    ['in milliseconds', 1779622882000, 1779622882000],
    ['in seconds, as text', '1779622882', 1779622882000],
    ['in milliseconds, as text', ' 1779622882000 ', 1779622882000],
  ])('is read %s', (_name, completed_at, time) => {
    expect(eventOf({ completed_at }).time).toBe(time);
  });

  test.each([
    ['nonsense', 'yesterday'],
    ['a day whose month one has to guess', '05/06/2026'],
    ['a moment without a zone', '2026-05-24T11:41:22'],
    ['a moment without a zone, as tables print it', '2026-05-24 11:41:22'],
    ['a day', '2026-05-24'],
    ['the 13th month', '2026-13-01T00:00:00Z'],
    ['a moment before any clock', -5],
    ['the beginning of time', '1970-01-01T00:00:00Z'],
    ['the year 1, which stands for no date', '0001-01-01T00:00:00Z'],
    ['the last day there is, which stands for never', '9999-12-31T23:59:59Z'],
    ['yes', true],
    ['a list', ['2026-05-24T11:41:22Z']],
  ])('%s is refused with an example', (_name, completed_at) => {
    const failure = thrownBy(() => decide({ completed_at }));
    expect(failure.message).toBe(
      'Nothing was sent to Amplitude: the field Completed At must be a date and time with its zone, such as 2026-05-24T11:41:22Z.',
    );
    expect(failure.details).toEqual({ service: 'Amplitude', kind: 'data', code: 'invalid_input', status: 0 });
  });

  test.each([
    ['left empty', ''],
    ['not given', undefined],
    ['null', null],
  ])('%s where it is not read from Koji, it is asked for', (_name, completed_at) => {
    const failure = thrownBy(() => decide({ completed_at }));
    expect(failure.details).toEqual({ service: 'Amplitude', kind: 'data', code: 'no_completed_at', status: 0 });
    expect(failure.message).toBe(
      'Nothing was sent to Amplitude: nobody says when this interview was completed, in a date with its time zone. Map Completed At; or leave all fields but Interview ID empty, where Koji knows it.',
    );
    expectToBeReadInFull(failure.message);
  });

  test('may lie five minutes ahead, because clocks differ', () => {
    expect(eventOf({}, COMPLETED - 5 * MINUTE).time).toBe(COMPLETED);
  });

  test('further ahead it was mapped from the wrong field, and nothing is sent', () => {
    const failure = thrownBy(() => decide({}, COMPLETED - 5 * MINUTE - 1));
    expect(failure.message).toBe(
      "Nothing was sent to Amplitude: Completed At lies in the future (2026-05-24T11:41:22.000Z). Map the interview's own Completed At, with its time zone.",
    );
    expect(failure.details).toEqual({ service: 'Amplitude', kind: 'data', code: 'completed_in_the_future', status: 0 });
  });

  test('in the future is no trouble for an interview that stays out anyway', () => {
    expect(decide({ quality_score: 1 }, COMPLETED - DAY)).toEqual({ skipped: 'below_quality' });
  });
});

/** What becomes of an interview of which so much is filled in and Koji says this, and how often Koji was asked. */
const readAndDecide = async (fields: Record<string, unknown>, inKoji: Record<string, unknown> = {}) => {
  const asked: string[] = [];
  const input = readInput('Amplitude', interviewEventInput, { interview_id: 'int_77', ...fields });
  const interview = await interviewToWrite(input, async (interviewId) => {
    asked.push(interviewId);
    const wire = wireInterview.parse({ ...sampleWireInterview, interview_id: interviewId, ...inKoji });
    return { ...toInterview(wire), structured_answers: structuredAnswers(wire.answers) };
  });
  return { decision: toInterviewEvent(interview, input, NOW), asked };
};

describe('an interview of which only the id is filled in', () => {
  test('is read from Koji, and gives the same event as one that is filled in field by field', async () => {
    const { decision, asked } = await readAndDecide({});
    expect(asked).toEqual(['int_77']);
    expect(decision).toEqual(decide({ transcript_url: 'https://koji.so/interviews/int_sample_4f9d2c81/transcript' }));
  });

  test('is read also where everything else is mapped to what is empty', async () => {
    const empty = Object.fromEntries(Object.keys(filledIn).map((field) => [field, '']));
    const { decision, asked } = await readAndDecide({ ...empty, themes: [], interview_id: 'int_77' });
    expect(asked).toHaveLength(1);
    expect(decision).toEqual((await readAndDecide({})).decision);
  });

  test.each([
    ['Completed At', { completed_at: filledIn.completed_at }],
    ['Quality Score', { quality_score: 4 }],
    ['a Quality Score that is none', { quality_score: 'n/a' }],
  ])('is not read as soon as %s is filled in', async (_name, fields) => {
    const { asked } = await readAndDecide(fields);
    expect(asked).toEqual([]);
  });

  test('what is filled in counts in place of what Koji has', async () => {
    const { decision } = await readAndDecide({
      amplitude_user_id: 'user_of_mine',
      themes: ['price'],
      sentiment: 'mixed',
      transcript_url: 'https://example.com/t',
    });
    expect(decision).toMatchObject({
      event: {
        user_id: 'user_of_mine',
        event_properties: { theme_top_1: 'price', sentiment: 'mixed', transcript_url: 'https://example.com/t' },
      },
    });
  });

  test('what is filled in and stands for nothing leaves what Koji has', async () => {
    const { decision } = await readAndDecide({ themes: ['null'], sentiment: 'N/A', transcript_url: 'undefined' });
    expect(decision).toEqual((await readAndDecide({})).decision);
  });

  test('an email that is filled in counts in place of the one that Koji has', async () => {
    const { decision } = await readAndDecide({ respondent_email: 'grace@example.com', identify_by: 'email' });
    expect(outcomeOf(decision)).toBe('grace@example.com');
  });

  test.each([
    ['by id first', {}, 'anonymous'],
    ['by id', { identify_by: 'id' }, 'anonymous'],
    ['by email', { identify_by: 'email' }, 'anonymous'],
    ['as not anonymous', { is_anonymous: 'no' }, 'anonymous'],
    ['with Write Without Email', { write_without_email: 'yes' }, 'user_10042'],
    ['with it, by email', { write_without_email: 'yes', identify_by: 'email' }, 'no_user_id'],
  ])('%s, one that Koji has no email for is as if none were filled in', async (_name, fields, outcome) => {
    const mine = { respondent_email: 'grace@example.com', ...fields };
    const { decision } = await readAndDecide(mine, { respondent_email: null });
    expect(outcomeOf(decision)).toBe(outcome);
  });

  test('is written to the id that is filled in where Koji has an email alone', async () => {
    const { decision } = await readAndDecide({ amplitude_user_id: 'user_7' }, { respondent: null });
    expect(outcomeOf(decision)).toBe('user_7');
  });

  test('what is filled in for an email and is none leaves the one that Koji has', async () => {
    const { decision } = await readAndDecide({ respondent_email: 'n/a', identify_by: 'email' });
    expect(outcomeOf(decision)).toBe('ada@example.com');
  });

  const nobody = { respondent_email: null, respondent: { external_id: null } };
  const person = { respondent_email: 'ada@example.com', amplitude_user_id: 'user_10042', is_anonymous: 'no' };
  test.each([
    ['held anonymously', { is_anonymous: true }],
    ['held anonymously, as its respondent says', { respondent: { external_id: 'user_1', anonymous: true } }],
    ['of nobody', nobody],
    ['whose email was withheld', { ...nobody, respondent: { external_id: 'ada@example.com' } }],
  ])('one %s is written to nobody, whatever is filled in', async (_name, inKoji) => {
    expect((await readAndDecide({}, inKoji)).decision).toEqual({ skipped: 'anonymous' });
    const { decision } = await readAndDecide({ ...person, write_without_email: 'yes' }, inKoji);
    expect(decision).toEqual({ skipped: 'anonymous' });
  });

  test('somebody whom Koji knows by email alone is found by it', async () => {
    const { decision } = await readAndDecide({}, { respondent: { external_id: null } });
    expect(outcomeOf(decision)).toBe('ada@example.com');
  });

  test('Is Anonymous filled in with yes keeps it out, though Koji knows the person', async () => {
    expect((await readAndDecide({ is_anonymous: 'yes' })).decision).toEqual({ skipped: 'anonymous' });
  });

  test('without an email it is written to its id only with Write Without Email', async () => {
    const noEmail = { respondent_email: null };
    expect((await readAndDecide({}, noEmail)).decision).toEqual({ skipped: 'anonymous' });
    const { decision } = await readAndDecide({ write_without_email: 'yes' }, noEmail);
    expect(outcomeOf(decision)).toBe('user_10042');
  });

  test.each([
    ['not analyzed yet', { status: 'in_progress', quality_score: null, completed_at: null }, 'not_analyzed'],
    ['without a score', { quality_score: null }, 'no_quality_score'],
    ['of low quality', { quality_score: 2 }, 'below_quality'],
  ])('one %s passes the same gate, whatever else is filled in', async (_name, inKoji, reason) => {
    const filled = { themes: ['price'], sentiment: 'negative' };
    expect((await readAndDecide(filled, inKoji)).decision).toEqual({ skipped: reason });
  });

  test('happens when its analysis was there, where Koji does not say when it was completed', async () => {
    const { decision } = await readAndDecide({}, { completed_at: null });
    expect(decision).toMatchObject({ event: { time: Date.parse(sampleWireInterview.analyzed_at) } });
  });

  test('is refused where Koji knows neither', async () => {
    const failure = await failureOf(readAndDecide({}, { completed_at: null, analyzed_at: null }));
    expect(failure.details.code).toBe('no_completed_at');
  });

  test('the sample is not asked for, because Koji does not have it', async () => {
    const { decision, asked } = await readAndDecide({ interview_id: sampleWireInterview.interview_id });
    expect(decision).toEqual({ skipped: 'sample' });
    expect(asked).toEqual([]);
  });
});

describe('what people fill in', () => {
  test('needs no more than the interview, the moment, the person and the score', () => {
    const event = eventOf({
      amplitude_user_id: undefined,
      is_anonymous: undefined,
      themes: undefined,
      sentiment: undefined,
      transcript_url: undefined,
    });
    expect(event).toEqual({
      user_id: 'ada@example.com',
      event_type: 'koji.interview_completed',
      time: 1779622882000,
      insert_id: 'koji:interview_completed:int_77',
      event_properties: { quality_score: 4 },
      user_properties: { last_interview_at: '2026-05-24T11:41:22', last_interview_quality: 4 },
      user_property_operations: {
        $unset: { last_interview_sentiment: '-', last_interview_themes: '-' },
        $set: { last_interview_at: '2026-05-24T11:41:22', last_interview_quality: 4 },
      },
    });
  });

  test('is read alike whether a platform gives texts or values', () => {
    const texts = {
      is_anonymous: 'No',
      quality_score: '4',
      minimum_quality: '4',
      write_without_email: 'true',
      min_id_length: '3',
      themes: 'pricing confusion, onboarding friction, missing invoices',
    };
    const values = {
      is_anonymous: false,
      quality_score: 4,
      minimum_quality: 4,
      write_without_email: true,
      min_id_length: 3,
      themes: filledIn.themes,
    };
    expect(inputWith(texts)).toEqual(inputWith(values));
  });

  const optionalFields = {
    amplitude_user_id: undefined,
    respondent_email: undefined,
    is_anonymous: undefined,
    themes: undefined,
    sentiment: undefined,
    quality_score: undefined,
    transcript_url: undefined,
    event_type: 'koji.interview_completed',
    identify_by: 'id_then_email',
    minimum_quality: 3,
    write_without_email: false,
    update_user_properties: 'recent',
    event_properties: { kept: {}, leftOut: [] },
    min_id_length: undefined,
  };
  test.each(
    Object.entries(optionalFields).flatMap(([field, notGiven]): [string, unknown, unknown][] => [
      [field, '', notGiven],
      [field, '  ', notGiven],
      [field, null, notGiven],
      [field, undefined, notGiven],
    ]),
  )('%s filled in with %j counts as not given', (field, given, notGiven) => {
    expect(inputWith({ [field]: given })).toEqual({ ...inputWith(), [field]: notGiven });
  });

  test.each([
    ['one text with commas', 'pricing, support ,onboarding', ['pricing', 'support', 'onboarding']],
    ['a list whose one entry has commas', ['pricing, support'], ['pricing, support']],
    ['a list of two, whose commas belong to them', ['price, per seat', 'support'], ['price, per seat', 'support']],
    ['a list with empty entries', ['pricing', '', null, ' '], ['pricing']],
    ['commas and nothing else', ' , ,', []],
    ['a number', 42, ['42']],
    ['a list as Koji writes it', [{ name: 'price, per seat', count: 3 }, 'support'], ['price, per seat', 'support']],
  ])('themes can be %s', (_name, themes, read) => {
    expect(inputWith({ themes }).themes).toEqual(read);
  });

  test.each([
    ['true', true],
    ['TRUE', true],
    ['Yes', true],
    ['1', true],
    [1, true],
    ['false', false],
    ['No', false],
    ['0', false],
  ])('Is Anonymous can be %j', (is_anonymous, read) => {
    expect(inputWith({ is_anonymous }).is_anonymous).toBe(read);
  });

  const nothing = 'Nothing was sent to Amplitude: the field';
  test.each([
    [{ interview_id: '' }, `${nothing} Interview ID is empty.`],
    [{ interview_id: undefined }, `${nothing} Interview ID is empty.`],
    [{ interview_id: { id: 1 } }, `${nothing} Interview ID must be text.`],
    [{ amplitude_user_id: ['a', 'b'] }, `${nothing} Amplitude User ID must be text.`],
    [{ respondent_email: true }, `${nothing} Respondent Email must be text.`],
    [{ is_anonymous: 'maybe' }, `${nothing} Is Anonymous must be yes or no.`],
    [{ write_without_email: 'perhaps' }, `${nothing} Write Without Email must be yes or no.`],
    [{ include_answers: 'perhaps' }, `${nothing} Include Answers must be yes or no.`],
    [{ themes: { a: 1 } }, `${nothing} Themes must be a list of texts.`],
    [{ sentiment: false }, `${nothing} Sentiment must be text.`],
    [{ transcript_url: [] }, `${nothing} Transcript URL must be text.`],
    [{ minimum_quality: 0 }, `${nothing} Minimum Quality must be a whole number from 1 to 5.`],
    [{ minimum_quality: '6' }, `${nothing} Minimum Quality must be a whole number from 1 to 5.`],
    [{ minimum_quality: 2.5 }, `${nothing} Minimum Quality must be a whole number from 1 to 5.`],
    [{ minimum_quality: 'abc' }, `${nothing} Minimum Quality must be a whole number from 1 to 5.`],
    [{ min_id_length: 0 }, `${nothing} Minimum ID Length must be a whole number from 1 up.`],
    [{ min_id_length: 'short' }, `${nothing} Minimum ID Length must be a whole number from 1 up.`],
  ])('%j is refused', (fields, message) => {
    const failure = thrownBy(() => inputWith(fields));
    expect(failure.message).toBe(message);
    expect(failure.details.kind).toBe('data');
    expectToBeReadInFull(failure.message);
  });
});

describe('answers as properties of the event', () => {
  const answers = [
    { question_id: 'q_nps', question: 'How likely?', type: 'scale', value: 9 },
    { question_id: 'q_plan', question: 'Which plan?', type: 'single_choice', value: 'Pro' },
    { question_id: 'q_tools', question: 'Which tools?', type: 'multiple_choice', value: ['Slack, paid', 'Notion'] },
    { question_id: 'q_again', question: 'Again?', type: 'yes_no', value: true },
    { question_id: 'q_why', question: 'Why?', type: 'open_text', value: 'I am Ada of Example Ltd.' },
  ];
  const propertiesOf = ({ decision }: Awaited<ReturnType<typeof readAndDecide>>) =>
    'event' in decision ? decision.event.event_properties : {};

  test('come with their own types, and never what somebody wrote', async () => {
    const written = propertiesOf(await readAndDecide({ include_answers: 'yes' }, { answers }));
    expect(written).toMatchObject({
      answer_q_nps: 9,
      answer_q_plan: 'Pro',
      answer_q_tools: ['Slack, paid', 'Notion'],
      answer_q_again: true,
    });
    expect(JSON.stringify(written)).not.toContain('Ada');
  });

  test('are at most 20', async () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ ...answers[0], question_id: `q${index}` }));
    const written = propertiesOf(await readAndDecide({ include_answers: 'yes' }, { answers: many }));
    expect(Object.keys(written ?? {}).filter((name) => name.startsWith('answer_'))).toHaveLength(20);
  });

  test('give way to an event property of the same name, and never take the place of one of ours', async () => {
    const filled = { include_answers: 'yes', event_properties: { answer_q_nps: 'ten' } };
    expect(propertiesOf(await readAndDecide(filled, { answers }))).toMatchObject({
      answer_q_nps: 'ten',
      sentiment: sampleWireInterview.sentiment,
    });
  });

  test.each([
    ['unless they are asked for', {}],
    [
      'where the interview is filled in field by field',
      { include_answers: 'yes', quality_score: 4, completed_at: COMPLETED },
    ],
  ])('stay out %s', async (_when, fields) => {
    const filled = { ...fields, respondent_email: 'ada@example.com', amplitude_user_id: 'user_1' };
    expect(JSON.stringify((await readAndDecide(filled, { answers })).decision)).not.toContain('answer_');
  });
});
