import { runForwarderLoop } from '../../../sandbox/forwarder/loop.ts';
import { runMakeLoop } from '../../../sandbox/make/loop.ts';

test('the loop runs with 40 people, and every figure is as the scenario says', async () => {
  const { figures } = await runForwarderLoop(40, () => {});
  expect(figures.filter(({ expected, seen }) => expected !== seen)).toEqual([]);
  expect(figures.map(({ name }) => name)).toContain('Waited in the queue (429, then 503), then written');
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
