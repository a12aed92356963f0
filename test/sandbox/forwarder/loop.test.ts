import { runForwarderLoop } from '../../../sandbox/forwarder/loop.ts';
import { runMakeLoop } from '../../../sandbox/make/loop.ts';
import { type Facts, factsOf } from '../../../sandbox/page/facts.ts';
import type { Figure } from '../../../sandbox/story/figures.ts';
import type { OnScene } from '../../../sandbox/story/story.ts';

describe('the loop with 40 people', () => {
  let figures: Figure[];
  let look: () => Facts;
  beforeAll(async () => {
    const watch: OnScene = async (scene) => {
      look = () => factsOf(scene, { find: '', from: 1 });
    };
    ({ figures } = await runForwarderLoop(40, () => {}, watch));
  });

  test('every figure is as the scenario says', () => {
    expect(figures.filter(({ expected, seen }) => expected !== seen)).toEqual([]);
    expect(figures.map(({ name }) => name)).toContain('Waited in the queue (429, then 503), then written');
  });

  test('a page shows the same counts, where each person stands, and what became of each job', () => {
    const { counts, people, happenings } = look();
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
});

test('what Amplitude holds at the end, and what the charts say, is the same as after the run on Make', async () => {
  const forwarder = await runForwarderLoop(20, () => {});
  const make = await runMakeLoop('koji-amplitude', 20, () => {});
  const held = ({ people }: typeof make) =>
    people.map(({ properties: { last_interview_at: _at, ...properties }, ...person }) => ({ ...person, properties }));
  expect(held(forwarder)).toEqual(held(make));
  const sentences = ({ charts }: typeof make) => charts.map(({ reading }) => reading.sentence);
  expect(sentences(forwarder)).toEqual(sentences(make));
});
