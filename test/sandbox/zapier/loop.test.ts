import app from '../../../index.ts';
import { runLoop } from '../../../sandbox/zapier/loop.ts';

/** For one run on a machine that has much else to do. */
const LIMIT = 180_000;

describe('the whole loop with 40 people', () => {
  let loop: Awaited<ReturnType<typeof runLoop>>;
  beforeAll(async () => {
    loop = await runLoop(app, 40, () => {});
  }, LIMIT);

  test('every figure is as the scenario says', () => {
    expect(loop.figures.filter(({ expected, seen }) => expected !== seen)).toEqual([]);
    expect(loop.people).toEqual([
      {
        userId: 'user_00001',
        story: 'a good interview',
        events: 1,
        properties: {
          last_interview_at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/),
          last_interview_sentiment: 'negative',
          last_interview_themes: ['pricing confusion', 'onboarding friction', 'missing invoices'],
          last_interview_quality: 4,
        },
      },
      { userId: 'user_00009', story: 'quality 2, below the gate', events: 0, properties: {} },
      { userId: 'user_00004', story: 'held in anonymous mode', events: 0, properties: {} },
    ]);
  });

  test('the third Zap tells of whom the second one has written about, and of nobody else', () => {
    const seen = (name: string) => loop.figures.find((figure) => figure.name === name)?.seen;
    expect(seen('Written to Amplitude')).toBe(28);
    expect(seen('In the cohort “last interview negative”')).toBe(7);
    expect(seen('Account owners told of one')).toBe(7);
  });

  test('the charts show what is true in the story: who is lost where, and whose people leave', () => {
    const sentences = loop.charts.map(({ reading }) => reading.sentence);
    expect(sentences[0]).toMatch(/^Who speaks of “onboarding friction” first is lost between /);
    expect(sentences[1]).toMatch(/^Who was unhappy leaves: in week 3 after it, /);
    expect(sentences[2]).toMatch(
      /^The cohort to save grew from \d+ on 2026-04-27 to 7 on 2026-05-01; 7 people are in it now\.$/,
    );
    expect(sentences[3]).toMatch(/^After “New pricing page: \d+ of 38 interviews name pricing confusion” /);
  });
});

test(
  'a figure that is not as the scenario says is seen',
  async () => {
    const deaf = {
      ...app,
      triggers: {
        ...app.triggers,
        interview_analysis_ready: {
          ...app.triggers?.interview_analysis_ready,
          operation: { ...app.triggers?.interview_analysis_ready?.operation, perform: async () => [] },
        },
      },
    };
    const { figures } = await runLoop(deaf, 20, () => {});
    expect(figures.find(({ name }) => name === 'Written to Amplitude')).toEqual({
      name: 'Written to Amplitude',
      expected: 14,
      seen: 0,
    });
  },
  LIMIT,
);
