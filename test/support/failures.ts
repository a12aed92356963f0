import { VendorFailure } from '../../boundary/failure.ts';

const vendorFailure = (error: unknown): VendorFailure => {
  if (error instanceof VendorFailure) return error;
  throw error;
};

const succeeded = () => new Error('It succeeded, where a failure was expected.');

/** The failure that a function throws; anything else fails the test. */
export const thrownBy = (run: () => unknown): VendorFailure => {
  try {
    run();
  } catch (error) {
    return vendorFailure(error);
  }
  throw succeeded();
};

/** The failure that an attempt ends in; anything else fails the test. */
export const failureOf = async (attempt: Promise<unknown> | (() => unknown)): Promise<VendorFailure> => {
  try {
    await (typeof attempt === 'function' ? attempt() : attempt);
  } catch (error) {
    return vendorFailure(error);
  }
  throw succeeded();
};

/** Zapier shows 250 characters; a sentence that ends in an ellipsis was cut to fit. */
export const expectToBeReadInFull = (message: string) => {
  expect(message.length).toBeLessThan(250);
  expect(message).not.toMatch(/…$/);
};
