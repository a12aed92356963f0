import app from '../../../index.ts';
import { runLoop } from '../../../sandbox/zapier/loop.ts';

test('the whole loop runs with 40 people, and every figure is as the scenario says', async () => {
  const { figures, people } = await runLoop(app, 40, () => {});
  expect(figures.filter(({ expected, seen }) => expected !== seen)).toEqual([]);
  expect(people).toEqual([
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

test('the third Zap tells of whom the second one has written about, and of nobody else', async () => {
  const { figures } = await runLoop(app, 20, () => {});
  const seen = (name: string) => figures.find((figure) => figure.name === name)?.seen;
  expect(seen('Written to Amplitude')).toBe(14);
  expect(seen('In the cohort “last interview negative”')).toBe(4);
  expect(seen('Account owners told of one')).toBe(4);
});

test('the charts show what is true in the story: who is lost where, and whose people leave', async () => {
  const { charts } = await runLoop(app, 60, () => {});
  const sentences = charts.map(({ reading }) => reading.sentence);
  expect(sentences[0]).toMatch(/^Who speaks of “onboarding friction” first is lost between /);
  expect(sentences[1]).toMatch(/^Who was unhappy leaves: in week 3 after it, /);
  expect(sentences[2]).toMatch(
    /^The cohort to save grew from \d+ on 2026-04-27 to 12 on 2026-05-01; 12 people are in it now\.$/,
  );
  expect(sentences[3]).toMatch(/^After “New pricing page: \d+ of 57 interviews name pricing confusion” /);
});

test('a figure that is not as the scenario says is seen', async () => {
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
});
