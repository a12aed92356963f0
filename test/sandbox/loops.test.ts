/** The story on each platform, once: what each of them tells of it, and that all of them end alike. */
import app from '../../index.ts';
import { runForwarderLoop } from '../../sandbox/forwarder/loop.ts';
import { runMakeLoop } from '../../sandbox/make/loop.ts';
import { type Facts, factsOf } from '../../sandbox/page/facts.ts';
import type { LoopResult, OnScene } from '../../sandbox/story/story.ts';
import { runLoop } from '../../sandbox/zapier/loop.ts';

const PEOPLE = 40;

/** A run, and what a page shows of it. */
const told = async (run: (onScene: OnScene) => Promise<LoopResult>) => {
  let look = (): Facts => {
    throw new Error('Nothing happened.');
  };
  const result = await run(async (scene) => {
    look = () => factsOf(scene, { find: '', from: 1 });
  });
  return { ...result, look };
};
type Told = Awaited<ReturnType<typeof told>>;

let zapier: Told;
let forwarder: Told;
let make: Record<'koji-amplitude' | 'koji', Told>;
beforeAll(async () => {
  zapier = await told((onScene) => runLoop(app, PEOPLE, () => {}, onScene));
  forwarder = await told((onScene) => runForwarderLoop(PEOPLE, () => {}, onScene));
  const onMake = (target: keyof typeof make) => told((onScene) => runMakeLoop(target, PEOPLE, () => {}, onScene));
  make = { 'koji-amplitude': await onMake('koji-amplitude'), koji: await onMake('koji') };
});

const wrong = ({ figures }: LoopResult) => figures.filter(({ expected, seen }) => expected !== seen);
const held = ({ people }: LoopResult) =>
  people.map(({ properties: { last_interview_at: _at, ...properties }, ...person }) => ({ ...person, properties }));
const sentences = ({ charts }: LoopResult) => charts.map(({ reading }) => reading.sentence);

describe('on Zapier', () => {
  test('every figure is as the scenario says', () => {
    expect(wrong(zapier)).toEqual([]);
    expect(zapier.people).toEqual([
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
    const seen = (name: string) => zapier.figures.find((figure) => figure.name === name)?.seen;
    expect(seen('Written to Amplitude')).toBe(28);
    expect(seen('In the cohort “last interview negative”')).toBe(7);
    expect(seen('Account owners told of one')).toBe(7);
  });

  test('the charts show what is true in the story: who is lost where, and whose people leave', () => {
    const sentences = zapier.charts.map(({ reading }) => reading.sentence);
    expect(sentences[0]).toMatch(/^Who speaks of “onboarding friction” first is lost between /);
    expect(sentences[1]).toMatch(/^Who was unhappy leaves: in week 3 after it, /);
    expect(sentences[2]).toMatch(
      /^The cohort to save grew from \d+ on 2026-04-27 to 7 on 2026-05-01; 7 people are in it now\.$/,
    );
    expect(sentences[3]).toMatch(/^After “New pricing page: \d+ of 38 interviews name pricing confusion” /);
  });
});

describe.each(['koji-amplitude', 'koji'] as const)('on Make, with the app %s,', (target) => {
  test('every figure is as the scenario says', () => {
    expect(wrong(make[target])).toEqual([]);
  });

  test('a page shows the same counts, where each person stands, and what became of each step', () => {
    const { counts, people, happenings } = make[target].look();
    expect(counts).toMatchObject({ 'Entered the cohort': 40, 'Link mailed': 39, 'Account owners told of one': 7 });
    expect(people.filter(({ stage }) => stage === 'written to Amplitude')).toHaveLength(28);
    expect(people.map(({ stage }) => stage)).toContain('analyzed; not written: anonymous');
    expect(happenings.map(({ who, what }) => `${who}, ${what}`)).toContain('Make, google-email:sendAnEmail: done');
  });

  test('what Amplitude holds at the end is the same as after the run on Zapier', () => {
    expect(held(make[target])).toEqual(held(zapier));
    const count = ({ figures }: LoopResult) =>
      figures.filter(({ name }) =>
        /^(Events that Amplitude holds|People with|In the cohort|Link mailed|Account owners)/.test(name),
      );
    expect(count(make[target])).toEqual(count(zapier));
  });
});

describe('on the forwarder', () => {
  test('every figure is as the scenario says', () => {
    expect(wrong(forwarder)).toEqual([]);
    expect(forwarder.figures.map(({ name }) => name)).toContain('Waited in the queue (429, then 503), then written');
  });

  test('a page shows the same counts, where each person stands, and what became of each job', () => {
    const { counts, people, happenings } = forwarder.look();
    expect(counts).toMatchObject({
      'Entered the cohort': 40,
      'Started on an interview': 39,
      'Events that Amplitude holds': 28,
    });
    expect(people.filter(({ stage }) => stage === 'written to Amplitude')).toHaveLength(28);
    expect(people.map(({ stage }) => stage)).toContain('analyzed; not written: quality below 3');
    expect(happenings).toContainEqual({
      at: expect.any(Number),
      who: 'The forwarder',
      what: 'start: started',
      reason: '',
    });
  });

  test('what Amplitude holds at the end, and what the charts say, is the same as after the run on Make', () => {
    expect(held(forwarder)).toEqual(held(make['koji-amplitude']));
    expect(sentences(forwarder)).toEqual(sentences(make['koji-amplitude']));
  });
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
