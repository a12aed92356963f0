/** People from a reverse-ETL tool by plain HTTP: good rows are queued, bad ones named. */
import { jsonOf } from '../../boundary/send.ts';
import { textOf } from '../body.ts';
import type { Forwarder } from '../forwarder.ts';
import { MOST_BYTES, MOST_ROWS, queueFull, takeRows } from '../intake.ts';
import { rowsIn } from '../rows.ts';

const problem = (status: number, error: string, message: string, more: object = {}): Response =>
  Response.json({ error, message, ...more }, { status });

/** Whether a text that is no JSON can be none, whatever follows it. */
const isBroken = (beginning: string): boolean => {
  try {
    JSON.parse(beginning);
    return false;
  } catch (error) {
    const [, position = beginning.length] = /position (\d+)/.exec(String(error)) ?? [];
    return Number(position) < beginning.length || /is not valid JSON/.test(String(error));
  }
};

/** Where JSON ends to be JSON, counted from 1. The engine does not always say, and quotes what stands there. */
const brokenAt = (text: string): string => {
  if (!isBroken(text)) return 'It ends too early.';
  let [whole, broken] = [0, text.length];
  while (broken - whole > 1) {
    const middle = Math.floor((whole + broken) / 2);
    if (isBroken(text.slice(0, middle))) broken = middle;
    else whole = middle;
  }
  return `It breaks at character ${broken}.`;
};

/** Answers a batch. */
export const hearRows = async (forwarder: Forwarder, request: Request): Promise<Response> => {
  const body = await textOf(request, MOST_BYTES);
  const json = jsonOf(body);
  if (json === undefined) return problem(400, 'not_json', `The body is not JSON. ${brokenAt(body)}`);
  const rows = rowsIn(json);
  if (rows === null) return problem(400, 'wrong_shape', 'An object or a list of objects is expected.');
  if (rows.length > MOST_ROWS) {
    return problem(413, 'too_many_rows', `At most ${MOST_ROWS} rows a request.`, { max_rows: MOST_ROWS });
  }
  const intake = await takeRows(forwarder, rows);
  if (intake === 'full') return queueFull();
  const { queued, known, read, leftOut } = intake;
  const rejected = read.flatMap((row, index) =>
    'error' in row ? [{ index, external_id: row.externalId, error: row.error }] : [],
  );
  forwarder.say('rows were heard', { queued, known, rejected: rejected.length });
  const [only] = rejected;
  if (rows.length === 1 && only !== undefined) return problem(422, 'invalid_row', only.error);
  return Response.json(
    { accepted: queued, duplicates: known, rejected, left_out: leftOut },
    { status: rejected.length > 0 ? 422 : 202 },
  );
};

/**
 * Answers rows that left a model, or changed in it: they start nobody. RudderStack sends them to addresses of their own, and
 * needs a 200 to go on (https://www.rudderstack.com/docs/destinations/reverse-etl-destinations/custom-activation/).
 */
export const hearRemoved = async (forwarder: Forwarder, request: Request): Promise<Response> => {
  const ignored = rowsIn(jsonOf(await textOf(request, MOST_BYTES)))?.length ?? 0;
  forwarder.say('rows were ignored', { ignored });
  return Response.json({
    ignored,
    message: 'Nothing was done: an interview that was started can be neither changed nor withdrawn.',
  });
};
