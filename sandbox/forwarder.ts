/**
 * What `npm run forwarder -- --sandbox` runs beside itself: a local Koji and a local Amplitude. Whoever is started is
 * answered five seconds later, and Koji delivers the analysis to the forwarder. It tells the forwarder its environment,
 * hears where that listens, and ends with it.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { sandboxProject } from './amplitude/projects.ts';
import { startAmplitude } from './amplitude/server.ts';
import { VirtualClock } from './clock.ts';
import { sandboxKeys } from './koji/projects.ts';
import { startKoji } from './koji/server.ts';

const ANSWERED_AFTER = 5_000;
/** How often the sandbox's clock is set to the real one. */
const TICK = 250;

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const secret = (): string => randomBytes(12).toString('hex');

const clock = new VirtualClock(Date.now());
const koji = await startKoji({ clock });
const amplitude = await startAmplitude({ now: clock.now });
const folder = mkdtempSync(join(tmpdir(), 'forwarder-sandbox-'));
const environment = {
  KOJI_API_KEY: sandboxKeys.full,
  KOJI_WEBHOOK_SECRET: secret(),
  AMPLITUDE_API_KEY: sandboxProject.apiKey,
  AMPLITUDE_WEBHOOK_SECRET: secret(),
  ETL_SECRET: secret(),
  PAGE_PASSWORD: secret(),
  KOJI_API_URL: koji.url,
  AMPLITUDE_INGESTION_URL: amplitude.url,
  AMPLITUDE_REST_URL: amplitude.url,
  FORWARDER_FOLDER: folder,
};

const answerWhatWasStarted = (): void => {
  for (const interviewId of koji.respondAfter(ANSWERED_AFTER))
    print(`# ${interviewId} was answered; its analysis is ready in 2 to 5 seconds.`);
};

let written = 0;
const tellWhatWasWritten = (): void => {
  const events = amplitude.events(sandboxProject.apiKey);
  for (const { insertId } of events.slice(written)) print(`# Amplitude has the event ${insertId}.`);
  written = events.length;
};

const keepTime = async (): Promise<void> => {
  await clock.advance(Math.max(0, Date.now() - clock.now()));
  answerWhatWasStarted();
  tellWhatWasWritten();
  setTimeout(keepTime, TICK);
};

const stop = (): void => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
};
process.on('disconnect', stop);
// Ctrl-C reaches both; the forwarder ends first.
process.on('SIGINT', () => {});

process.on('message', async (message) => {
  const { url } = z.object({ url: z.url() }).parse(message);
  await koji.addWebhookInSettings(`${url}/koji/webhook`, environment.KOJI_WEBHOOK_SECRET);
  print(`# A local Koji and a local Amplitude. Start somebody, who answers after five seconds:
curl ${url}/etl/respondents -H 'Authorization: Bearer ${environment.ETL_SECRET}' -d '{"external_id":"user_10042","email":"ada@example.com"}'
# Or somebody else, as Amplitude's cohort webhook does:
curl ${url}/amplitude/cohort -H 'X-Webhook-Secret: ${environment.AMPLITUDE_WEBHOOK_SECRET}' -d '{"cohort_id":"trialend","cohort_name":"Trials ending","in_cohort":true,"users":[{"user_id":"user_10043","user_properties":{"email":"ben@example.com"}}]}'
# Or deliver an analyzed interview as Koji would; with --forged behind it, it is refused:
KOJI_WEBHOOK_SECRET=${environment.KOJI_WEBHOOK_SECRET} npm run --silent deliver -- --to ${url}/koji/webhook --user user_10042 --quality 5
# The page at ${url}/ takes any name and the password ${environment.PAGE_PASSWORD}`);
  await keepTime();
});
process.send?.(environment);
