import { VirtualClock } from '../../sandbox/clock.ts';

test('what falls due while somebody sleeps runs when the clock next moves, and time never goes back', async () => {
  const clock = new VirtualClock(1_000);
  const ran: number[] = [];
  clock.schedule(10, async () => {
    ran.push(clock.now());
    clock.pass(500);
  });
  clock.schedule(20, async () => {
    ran.push(clock.now());
  });
  clock.pass(100);
  expect(ran).toEqual([]);
  await clock.advance(50);
  expect(ran).toEqual([1_100, 1_600]);
  expect(clock.now()).toBe(1_600);
});

test('a moment that is past moves nothing', async () => {
  const clock = new VirtualClock(1_000);
  await clock.advanceTo(500);
  expect(clock.now()).toBe(1_000);
  await clock.advanceTo(2_000);
  expect(clock.now()).toBe(2_000);
});

test('a patience ends when its time has gone by, however that goes by, unless it was called off', async () => {
  const clock = new VirtualClock(0);
  const ended: [string, number][] = [];
  const limit = (name: string, milliseconds: number) =>
    clock.limit(milliseconds, () => ended.push([name, clock.now()]));
  limit('slept', 100);
  limit('waited', 200);
  const callOff = limit('called off', 50);
  callOff();
  expect(clock.untilNextLimit).toBe(100);
  clock.pass(150);
  expect(ended).toEqual([['slept', 100]]);
  await clock.advance(100);
  expect(ended).toEqual([
    ['slept', 100],
    ['waited', 200],
  ]);
  expect(clock.untilNextLimit).toBeUndefined();
});
