import fc from 'fast-check';
import { readDelivery } from '../../koji/delivery.ts';
import { interviewSchema } from '../../koji/interview.ts';
import { deliveryOf } from '../../zapier/delivery.ts';
import { processorTimeOf } from '../support/processor-time.ts';
import { always, expectExact, jsonText, longNumber, odd, roughly } from '../support/property.ts';
import { interviews, oddInterviews } from '../support/wire-interviews.ts';

const EVENT = 'interview.analysis_ready';
const around = roughly({
  event: fc.constant(EVENT),
  data: fc.oneof(oddInterviews, roughly({ interview: oddInterviews })),
});

describe('a delivery', () => {
  test('of whatever text is read without a crash', async () => {
    await always(fc.string({ unit: 'binary', maxLength: 200 }), readDelivery);
    await always(odd, (value) => readDelivery(jsonText(value)));
  });

  test('gives an interview as described, whatever of it is missing or odd', async () => {
    await always(
      around,
      (delivery) => {
        const read = readDelivery(jsonText(delivery));
        expectExact(read);
        if (read.kind === 'interview') expect(interviewSchema.parse(read.interview)).toEqual(read.interview);
      },
      1_000,
    );
  });

  test('brings ids of any length with all their digits', async () => {
    await always(fc.record({ interview: interviews, number: longNumber }), ({ interview, number }) => {
      const respondent = { ...interview.respondent, external_id: number, metadata: { account: number } };
      const data = { ...interview, interview_id: number, study_id: number, respondent };
      const digits = String(number);
      expect(readDelivery(jsonText({ event: EVENT, data }))).toMatchObject({
        interview: { interview_id: digits, study_id: digits, respondent_id: digits, metadata: { account: digits } },
      });
    });
  });

  test('with whatever headers Zapier hands on is taken apart without a crash', async () => {
    await always(roughly({ headers: fc.dictionary(fc.string(), odd), content: fc.string() }), (request) => {
      const { headers, content } = deliveryOf(request);
      const kinds = new Set([content, ...Object.values(headers)].map((value) => typeof value));
      expect([...kinds]).toEqual(['string']);
    });
  });
});

/** So many milliseconds for a megabyte; half of that or less for half of it. */
const LINEAR = 1_500;

describe('a megabyte takes no more than its time', () => {
  const deep = (open: string, close: string) => open.repeat(250_000) + close.repeat(250_000);
  const about = (part: object) => JSON.stringify({ event: EVENT, data: { interview_id: 'int_1', ...part } });
  const many = <Part>(count: number, part: (index: number) => Part) =>
    Array.from({ length: count }, (_, index) => part(index));

  test.each([
    ['a text', about({ summary: 'a'.repeat(1_000_000) })],
    ['spaces', ' '.repeat(1_000_000)],
    ['a long number', about({}).replace('"int_1"', '9'.repeat(1_000_000))],
    ['lists in lists', `{"event":"${EVENT}","data":{"interview_id":"int_1","themes":${deep('[', ']')}}}`],
    [
      'objects in objects',
      `{"event":"${EVENT}","data":{"interview_id":"int_1","respondent":{"metadata":{"a":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}}}}`,
    ],
    ['escapes', about({ summary: '\\"'.repeat(250_000), study_id: 2 ** 60 })],
    ['themes', about({ themes: many(100_000, (index) => `theme ${index}`) })],
    ['commas', about({ themes: ','.repeat(1_000_000) })],
    ['answers to one question', about({ answers: many(16_000, () => ({ question: 'Why?', value: 'so' })) })],
    [
      'answers whose names collide',
      about({ answers: many(16_000, (index) => ({ question_id: index % 2 ? `a_${index}` : 'a', value: 1 })) }),
    ],
    ['marks behind one letter', about({ answers: [{ question: `a${'\u0301'.repeat(500_000)}`, value: 1 }] })],
    ['signs between letters', about({ answers: [{ question: '_-'.repeat(400_000), value: 1 }] })],
    [
      'metadata',
      about({ respondent: { metadata: Object.fromEntries(many(50_000, (index) => [`key ${index}`, index])) } }),
    ],
  ])('%s', async (_name, body) => {
    expect(body.length).toBeGreaterThan(400_000);
    expect(await processorTimeOf(() => readDelivery(body))).toBeLessThan(LINEAR);
  });
});
