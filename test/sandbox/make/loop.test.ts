import app from '../../../index.ts';
import { runMakeLoop } from '../../../sandbox/make/loop.ts';
import { runLoop } from '../../../sandbox/zapier/loop.ts';

const targets = ['koji-amplitude', 'koji'] as const;

test.each(targets)('%s: the loop runs with 40 people, and every figure is as the scenario says', async (target) => {
  const { figures } = await runMakeLoop(target, 40, () => {});
  expect(figures.filter(({ expected, seen }) => expected !== seen)).toEqual([]);
});

test.each(targets)('%s: what Amplitude holds at the end is the same as after the run on Zapier', async (target) => {
  const withoutTime = ({ last_interview_at: _at, ...properties }: Record<string, unknown>) => properties;
  const held = (people: Awaited<ReturnType<typeof runLoop>>['people']) =>
    people.map((person) => ({ ...person, properties: withoutTime(person.properties) }));
  const zapier = await runLoop(app, 20, () => {});
  const make = await runMakeLoop(target, 20, () => {});
  expect(held(make.people)).toEqual(held(zapier.people));
  const count = (figures: typeof make.figures) =>
    figures.filter(({ name }) =>
      /^(Events that Amplitude holds|People with|In the cohort|Link mailed|Account owners)/.test(name),
    );
  expect(count(make.figures)).toEqual(count(zapier.figures));
});
