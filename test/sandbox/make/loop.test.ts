import app from '../../../index.ts';
import { runMakeLoop } from '../../../sandbox/make/loop.ts';
import { type Facts, factsOf } from '../../../sandbox/page/facts.ts';
import type { Figure } from '../../../sandbox/story/figures.ts';
import type { OnScene } from '../../../sandbox/story/story.ts';
import { runLoop } from '../../../sandbox/zapier/loop.ts';

const targets = ['koji-amplitude', 'koji'] as const;

describe.each(targets)('%s: the loop with 40 people', (target) => {
  let figures: Figure[];
  let look: () => Facts;
  beforeAll(async () => {
    const watch: OnScene = async (scene) => {
      look = () => factsOf(scene, { find: '', from: 1 });
    };
    ({ figures } = await runMakeLoop(target, 40, () => {}, watch));
  });

  test('every figure is as the scenario says', () => {
    expect(figures.filter(({ expected, seen }) => expected !== seen)).toEqual([]);
  });

  test('a page shows the same counts, where each person stands, and what became of each step', () => {
    const { counts, people, happenings } = look();
    expect(counts).toMatchObject({ 'Entered the cohort': 40, 'Link mailed': 39, 'Account owners told of one': 7 });
    expect(people.filter(({ stage }) => stage === 'written to Amplitude')).toHaveLength(28);
    expect(people.map(({ stage }) => stage)).toContain('analyzed; not written: anonymous');
    expect(happenings.map(({ who, what }) => `${who}, ${what}`)).toContain('Make, google-email:sendAnEmail: done');
  });
});

test('every figure is as the scenario says with so many people that Koji asks for pauses', async () => {
  const { figures } = await runMakeLoop('koji-amplitude', 333, () => {});
  expect(figures.filter(({ expected, seen }) => expected !== seen)).toEqual([]);
});

let zapier: Awaited<ReturnType<typeof runLoop>>;
beforeAll(async () => {
  zapier = await runLoop(app, 20, () => {});
});

test.each(targets)('%s: what Amplitude holds at the end is the same as after the run on Zapier', async (target) => {
  const withoutTime = ({ last_interview_at: _at, ...properties }: Record<string, unknown>) => properties;
  const held = (people: Awaited<ReturnType<typeof runLoop>>['people']) =>
    people.map((person) => ({ ...person, properties: withoutTime(person.properties) }));
  const make = await runMakeLoop(target, 20, () => {});
  expect(held(make.people)).toEqual(held(zapier.people));
  const count = (figures: typeof make.figures) =>
    figures.filter(({ name }) =>
      /^(Events that Amplitude holds|People with|In the cohort|Link mailed|Account owners)/.test(name),
    );
  expect(count(make.figures)).toEqual(count(zapier.figures));
});
