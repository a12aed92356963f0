import type { Timing } from '../../amplitude/ingestion.ts';

/** A clock that moves only when it is slept by or advanced, so that no test waits. */
export const clockAt = (start: number, random = 0.5) => {
  let time = start;
  const pauses: number[] = [];
  const advance = (milliseconds: number) => {
    time += milliseconds;
  };
  const timing: Timing = {
    now: () => time,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      advance(milliseconds);
    },
    random: () => random,
  };
  return { timing, pauses, advance };
};
