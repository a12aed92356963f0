/** People from a reverse-ETL tool by plain HTTP: good rows are queued, bad ones named. */
import { jsonOf } from '../../boundary/send.ts';
import { jsonIn, textOf } from '../body.ts';
import type { Forwarder } from '../forwarder.ts';
import { MOST, takeRows } from '../intake.ts';
import { Refused } from '../refused.ts';
import { rowsIn } from '../rows.ts';

/** So many reasons are told in the log. */
const MOST_REASONS = 5;

/** Answers a batch. */
export const hearRows = async (forwarder: Forwarder, request: Request): Promise<Response> => {
  const rows = rowsIn(await jsonIn(request, MOST));
  if (rows === null) throw new Refused(400, 'wrong_shape', 'An object or a list of objects is expected.');
  const { queued, known, read, leftOut } = await takeRows(forwarder, rows);
  const rejected = read.flatMap((row, index) =>
    'error' in row ? [{ index, external_id: row.externalId, error: row.error }] : [],
  );
  const [only] = rejected;
  if (rows.length === 1 && only !== undefined) throw new Refused(422, 'invalid_row', only.error);
  const why = [...new Set(rejected.map(({ error }) => error))].slice(0, MOST_REASONS).join(' ');
  const isGood = rejected.length === 0;
  const facts = { queued, known, rejected: rejected.length, ...(isGood ? {} : { why }) };
  forwarder.say('rows were heard', facts, isGood ? 'info' : 'warn');
  const answer = { accepted: queued, duplicates: known, rejected, left_out: leftOut };
  return Response.json(answer, { status: isGood ? 202 : 422 });
};

/**
 * Answers rows that left a model, or changed in it: they start nobody. RudderStack sends them to addresses of their own, and
 * needs a 200 to go on (https://www.rudderstack.com/docs/destinations/reverse-etl-destinations/custom-activation/).
 */
export const hearRemoved = async (forwarder: Forwarder, request: Request): Promise<Response> => {
  const ignored = rowsIn(jsonOf(await textOf(request, MOST)))?.length ?? 0;
  forwarder.say('rows were ignored', { ignored });
  return Response.json({
    ignored,
    message: 'Nothing was done: an interview that was started can be neither changed nor withdrawn.',
  });
};
