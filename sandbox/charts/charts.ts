/** The four charts that the loop makes possible, read from Amplitude's answers. */
import * as z from 'zod';
import { type AmplitudeRest, callRest } from '../../amplitude/rest.ts';
import { jsonOf } from '../../boundary/send.ts';
import type { Ask, Chart, Reading } from './chart.ts';
import { controlAndTreatment } from './control-and-treatment.ts';
import { funnelByTheme } from './funnel-by-theme.ts';
import { retentionBySentiment } from './retention-by-sentiment.ts';
import { unhappyOverTime } from './unhappy-over-time.ts';

/** In the order of the page and of docs/charts.md. */
export const charts: Chart[] = [funnelByTheme, retentionBySentiment, unhappyOverTime, controlAndTreatment];

/** A chart with what was read of it. */
export type ReadChart = { chart: Chart; reading: Reading };

const FIVE_MINUTES = 5 * 60_000;
/** The local Amplitude counts in this process: with 20,000 people for longer than a real one would take. */
const PATIENCE = 120_000;

/** Asks Amplitude, and waits until its budget has room again. */
const askOf =
  (amplitude: AmplitudeRest, wait: (milliseconds: number) => Promise<void>): Ask =>
  async (path) => {
    const reply = await callRest(amplitude, 'GET', path, { timeoutMilliseconds: PATIENCE });
    if (reply.status === 429) {
      await wait(FIVE_MINUTES);
      return askOf(amplitude, wait)(path);
    }
    if (reply.status !== 200) throw new Error(`Amplitude answered ${reply.status} to a chart’s query: ${reply.body}`);
    return z.unknown().parse(jsonOf(reply.body));
  };

/** All of them, one query after the other. Rejects when Amplitude refuses one for another reason than its budget. */
export const readCharts = async (
  amplitude: AmplitudeRest,
  wait: (milliseconds: number) => Promise<void>,
): Promise<ReadChart[]> => {
  const ask = askOf(amplitude, wait);
  const read: ReadChart[] = [];
  for (const chart of charts) read.push({ chart, reading: await chart.read(ask) });
  return read;
};
