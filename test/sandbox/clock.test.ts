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
