import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { VirtualClock } from '../../../sandbox/clock.ts';
import { startZapier } from '../../../sandbox/zapier/platform.ts';

const START = Date.UTC(2026, 2, 2);

/** An app that says when it began, and when it ended after a pause of 20 seconds and a limit of 20 ms. */
const app = {
  version: '1.0.0',
  platformVersion: '19.1.0',
  triggers: {
    tick: {
      key: 'tick',
      noun: 'Tick',
      display: { label: 'Tick', description: 'Tells the time.' },
      operation: {
        perform: async () => {
          const began = Date.now();
          await sleep(20_000);
          const paused = Date.now();
          await sleep(20, undefined, { ref: false });
          return [{ id: 1, began, paused, ended: Date.now() }];
        },
        sample: { id: 1 },
      },
    },
  },
};
const ticks = z.array(z.object({ began: z.number(), paused: z.number(), ended: z.number() })).length(1);

test('an app on the clock reads it and sleeps in it, and everything else keeps the real time', async () => {
  const clock = new VirtualClock(START);
  const realNow = Date.now;
  const zapier = await startZapier({ app, clock, appIsOnClock: true });
  const before = performance.now();
  const [tick] = ticks.parse(await zapier.invoke('triggers.tick.operation.perform'));
  expect(tick).toEqual({ began: START, paused: START + 20_000, ended: START + 20_000 });
  expect(clock.now()).toBe(START + 20_000);
  // The limit took its 20 ms, the 20 seconds nothing.
  expect(performance.now() - before).toBeGreaterThan(15);
  expect(performance.now() - before).toBeLessThan(30_000);
  expect(Math.abs(Date.now() - realNow())).toBeLessThan(5_000);
  await zapier.close();
  expect(Date.now).toBe(realNow);
});
