/**
 * Interviews of every odd shape, through Zapier's reading and through Make's expressions: what both give must be equal.
 * The choices are drawn by a small generator with a fixed seed, so that a failure comes again.
 */
import { wireInterview } from '../../koji/contract.ts';
import { toInterview } from '../../koji/interview.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { interviewOutput } from '../../make/koji/interview.ts';
import { evaluateAll } from '../../sandbox/make/iml.ts';

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
  ' ',
  'plain',
  ' padded ',
  'says "no", twice',
  'back\\slash',
  '{{1.x}}',
  '$1',
  'line\nbreak',
  "it's",
  'é🙂',
  '<b>',
  'null',
  '","',
  '"value":true',
  'x'.repeat(60),
];
const oddities = [undefined, null, {}, [], ['a'], { a: 1 }, 0, -1, 4.5, 42];
const moments = [
  '2026-05-24T11:41:22Z',
  '2026-05-24T11:41:22.123456+05:30',
  '2026-05-24 11:41 -0330',
  '2026-05-24',
  '2024-02-29T00:00:00z',
  '2026-02-29',
  '2026-05-24T24:61:00Z',
  '05/06/2026',
  1_779_622_145,
  '1779622145000',
  'soon',
];
const flags = [undefined, null, false, true, 0, 1, 'no', 'False', 'yes', 'TRUE', '', ' ', [], {}];
const scores = [4, '4', ' +3 ', '4.50', 0, 6, 'n/a', '5/5', 'match', null, {}, [4]];
const themes = [
  ['one', ' two '],
  [{ name: 'one' }, { name: 'two' }],
  'a, b,,c',
  [],
  null,
  ['', ' ', 'a'],
  [null, { name: 'x' }],
  {},
];
const answers = [
  'a "quoted" \\ text',
  ['one', 'two, and'],
  [3, 1, 2],
  [true, false],
  7.5,
  true,
  null,
  [],
  ['"value":[1]', '],['],
];

const oddInterview = (draw: (below: number) => number): unknown => {
  const of = <Value>(values: readonly Value[]): Value | undefined => values[draw(values.length)];
  const textLike = () => (draw(4) === 0 ? of(oddities) : of(texts));
  const interview = {
    ...sampleWireInterview,
    interview_id: of(['int_1', 42]),
    study_id: textLike(),
    study_name: textLike(),
    status: of(['analysis_ready', 'completed', null]),
    mode: textLike(),
    language: textLike(),
    duration_seconds: of([737, '737', 0, null, 'long']),
    started_at: of(moments),
    completed_at: of(moments),
    analyzed_at: of([...moments, null, {}]),
    respondent_email: of(['ada@example.com', ' ada@example.com ', 'none', '', null, ['a@b.c'], {}]),
    respondent: of([
      { external_id: textLike(), display_name: textLike(), metadata: { plan: textLike(), email: 'x@y.z' } },
      { external_id: 'ada@example.com', is_anonymous: of(flags) },
      null,
      'somebody',
    ]),
    anonymous: of(flags),
    is_anonymous: of(flags),
    quality_score: of(scores),
    sentiment: textLike(),
    themes: of(themes),
    summary: textLike(),
    transcript_url: textLike(),
    answers: [0, 1, 2].map((number) => ({
      question_id: `q${number}`,
      question: of(texts),
      type: 'x',
      value: of(answers),
    })),
  };
  return JSON.parse(JSON.stringify(draw(3) === 0 ? { interview, anonymous: of(flags) } : interview));
};

/** As a later step has them: dates are texts. Answers by question have keys of their own on Make (see make/README.md). */
const comparable = (interview: object) => {
  const { answers_by_question: _keys, ...rest } = JSON.parse(JSON.stringify(interview));
  return rest;
};

test(`${CASES} odd interviews are read alike`, () => {
  const draw = drawing(5);
  const isBare = (body: unknown) => Object.hasOwn(Object(body), 'interview_id');
  for (let number = 0; number < CASES; number += 1) {
    const body = oddInterview(draw);
    const temp = { interview: isBare(body) ? body : Object(body).interview };
    const make = evaluateAll(interviewOutput('temp.interview', { around: 'body' }), { body, temp });
    const zapier = toInterview(wireInterview.parse(body));
    expect({ body, ...comparable(Object(make)) }).toEqual({ body, ...comparable(zapier) });
  }
});
