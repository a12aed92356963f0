/**
 * Interviews of every shape that Koji's pages give, through Zapier's reading and through Make's expressions: what both
 * give must be equal. The choices are drawn by a small generator with a fixed seed, so that a failure comes again.
 */
import { wireInterview } from '../../koji/contract.ts';
import { toInterview } from '../../koji/interview.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { answered, interviewOutput, LISTED, listedOutput } from '../../make/koji/interview.ts';
import { NONE } from '../../make/language/values.ts';
import { evaluateAll } from '../../sandbox/make/iml.ts';
import { inEitherReading } from './readings.ts';

const CASES = 1_000;

/** A linear congruential generator: numbers from 0 up to `below`, the same ones in every run. */
const drawing = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
};

const texts = [
  '',
  'plain',
  ' padded ',
  'says "no", twice',
  'back\\slash',
  '{{1.x}}',
  '$1',
  "it's",
  'é🙂',
  '<b>',
  '","',
  'x'.repeat(60),
];
const moments = ['2026-05-24T11:41:22Z', '2026-05-24T11:41:22.123+05:30', '2024-02-29T00:00:00Z', null];
const flags = [undefined, null, false, true, 0, 1, 'no', 'False', 'yes', 'TRUE', '', { a: 1 }, [], ['', 'no']];
const scores = [4, '4', 4.5, '3.75', 0, 6, 'n/a', '5/5', 'match', 'ok', null, 1, 5, ['', 4]];
const themes = [['one', 'two'], ['one, with a comma'], [{ name: 'one' }, { name: 'two' }], [], null];

type Draw = (below: number) => number;

const oddInterview = (draw: Draw): object => {
  const of = <Value>(values: readonly Value[]): Value | undefined => values[draw(values.length)];
  const textLike = () => of([...texts, null, undefined]);
  const interview = {
    ...sampleWireInterview,
    interview_id: of(['int_1', 42, '10042']),
    study_id: textLike(),
    study_name: textLike(),
    status: of(['analysis_ready', 'completed', null]),
    mode: textLike(),
    language: textLike(),
    duration_seconds: of([737, '737', 0, null]),
    started_at: of(moments),
    completed_at: of(moments),
    analyzed_at: of(moments),
    respondent_email: of([
      'ada@example.com',
      ' ada@example.com ',
      'ada+1@mail.example.co.uk',
      'redacted@',
      'null@null',
      'a@b.c, d@e.f',
      'none',
      '',
      null,
    ]),
    respondent: of([
      { external_id: textLike(), display_name: textLike(), metadata: { plan: textLike(), email: 'x@y.z' } },
      { external_id: 'ada@example.com', is_anonymous: of(flags) },
      { external_id: 'user_1', anonymous: of(flags) },
      { respondent_id: textLike(), metadata: {} },
      'anonymous',
      'Anonymous participant 7',
      'an anon 7',
      ' Unknown ',
      'Ada',
      null,
    ]),
    respondent_id: of([undefined, null, '', 'user_7', 'ada@example.com']),
    anonymous: of(flags),
    is_anonymous: of(flags),
    ...of([{}, {}, { isAnonymous: of(flags) }, { anonymized: of(flags) }]),
    quality_score: of(scores),
    sentiment: textLike(),
    themes: of(themes),
    summary: textLike(),
    ...of([{ key_quotes: ['one', 'two'] }, { quotes: ['three'] }, { key_quotes: null, quotes: ['four'] }, {}]),
    transcript_url: textLike(),
    answers: [0, 1, 2].map((number) => ({
      question_id: `q${number}`,
      question: `Question ${number}?`,
      type: 'x',
      value: of(texts),
    })),
  };
  return interview;
};

const oddAnswer = (draw: Draw): object => {
  const interview = oddInterview(draw);
  const respondent = [undefined, 'anonymous', { is_anonymous: true }, { external_id: 'user_8' }, { respondent_id: 9 }];
  const beside = [
    { anonymous: flags[draw(flags.length)] },
    { respondent: respondent[draw(respondent.length)], respondent_email: 'eve@example.com' },
    { respondent_id: 'user_9' },
  ];
  return draw(3) === 0 ? { interview, ...beside[draw(beside.length)] } : interview;
};

/** As a later step has them: dates are texts. */
const comparable = (interview: object) => JSON.parse(JSON.stringify(interview));

/** What is nothing is null on Zapier, and may be an empty text on Make. */
const emptied = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, inner) => (inner === '' ? null : inner));

inEitherReading(() => {
  test(`${CASES} interviews are read alike`, () => {
    const draw = drawing(5);
    for (let number = 0; number < CASES; number += 1) {
      const body = comparable(oddAnswer(draw));
      const temp = Object(evaluateAll(answered, { body }));
      const make = evaluateAll(interviewOutput, { body, temp: { ...NONE, ...temp } });
      const zapier = toInterview(wireInterview.parse(body));
      expect({ body, ...Object(emptied(comparable(Object(make)))) }).toEqual({ body, ...Object(emptied(zapier)) });
    }
  });

  test(`of ${CASES} listed interviews nothing comes through that Zapier's reading hides`, () => {
    const draw = drawing(6);
    const keys = ['respondent_email', 'respondent_id', 'respondent_name', 'is_anonymous'] as const;
    for (let number = 0; number < CASES; number += 1) {
      // Of an item Make reads two flags (docs/make/engineer.md).
      const { isAnonymous: _unread, anonymized: _neither, ...item } = comparable(oddInterview(draw));
      const zapier = toInterview(wireInterview.parse(item));
      const make = Object(emptied(comparable(Object(evaluateAll(listedOutput, { item, temp: LISTED })))));
      const hidden = keys.filter((key) => zapier[key] === null || zapier[key] === true);
      const shown = hidden.filter((key) => make[key] !== zapier[key]);
      expect({ item, shown }).toEqual({ item, shown: [] });
    }
  });
});
