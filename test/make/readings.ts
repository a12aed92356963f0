import { readings } from '../../sandbox/make/iml-functions.ts';

const { placeInNoList: nothing } = readings;

/** The same tests under either reading of `x[1]` where x is no list (sandbox/make/iml-functions.ts). */
export const inEitherReading = (tests: () => void): void =>
  describe.each<[string, (value: unknown) => unknown]>([
    ['nothing', nothing],
    ['the thing itself', (value) => value],
  ])('where a place in what is no list is %s', (_what, reading) => {
    beforeEach(() => {
      readings.placeInNoList = reading;
    });
    afterEach(() => {
      readings.placeInNoList = nothing;
    });
    tests();
  });
