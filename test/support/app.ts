import zapier from 'zapier-platform-core';
import * as z from 'zod';
import { jsonOf } from '../../boundary/send.ts';
import App from '../../index.ts';

/** Runs one function of the app as Zapier does. */
export const run = zapier.createAppTester(App);

/** A connection with everything filled in. The keys are made up. */
export const connected = {
  koji_api_key: 'pk_live_made_up_for_tests',
  koji_webhook_secret: '',
  amplitude_api_key: 'a'.repeat(32),
  amplitude_secret_key: 'b'.repeat(32),
  amplitude_region: 'us',
};

const appError = z.object({
  message: z.string(),
  code: z.string().optional(),
  status: z.number().optional(),
  delay: z.number().nullish(),
});

/** What a person sees of a failed run: the kind of error, its words, and how long Zapier waits before the next try. */
export const zapierErrorOf = async (running: Promise<unknown>) => {
  try {
    await running;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const parsed = appError.safeParse(jsonOf(error.message));
    return { kind: error.name, ...(parsed.success ? parsed.data : { message: error.message }) };
  }
  throw new Error('The run was expected to fail, and it succeeded.');
};
