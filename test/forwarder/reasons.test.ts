/** Reasons speak of what whoever runs the forwarder sees: a row's keys and the environment's names, no form's fields. */
import type { Answer } from '../../sandbox/server.ts';
import { interview, secrets } from '../support/forwarder.ts';
import { type Here, startHere } from '../support/forwarder-here.ts';

let loop: Here;
beforeAll(async () => {
  loop = await startHere();
});
afterAll(() => loop.end());

const whyLast = () => loop.log.at(-1)?.[1]?.why;

test.each([
  [{ display_name: 'Ada' }, 'Koji needs to know whom to interview: fill in email or external_id.'],
  [{ email: 'n/a' }, 'Nothing was sent to Koji: the field email holds a placeholder such as null or n/a'],
  [{ user_email: 'ada at example.com' }, 'Nothing was sent to Koji: the field email must be one email address'],
  [{ user_id: 'u_1', locale: 'in English' }, 'Nothing was sent to Koji: the field locale must be a language code'],
])('a row that can start nobody: %j', async (row, reason) => {
  const answer = await loop.rows(row);
  expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining(reason)]);
});

test.each<[what: string, answer: Answer, reason: string]>([
  [
    'finds the id too short',
    { status: 400, body: { code: 400, error: 'Invalid id length', events_with_invalid_id_lengths: { user_id: [0] } } },
    'set MIN_ID_LENGTH in the environment to the length of the shortest.',
  ],
  [
    'knows the key not',
    { status: 400, body: { code: 400, error: 'Invalid API key: a-key' } },
    'Check AMPLITUDE_API_KEY and AMPLITUDE_REGION in the environment.',
  ],
])('Amplitude %s', async (_what, answer, reason) => {
  loop.amplitude.failNext(() => true, answer);
  await loop.deliver(interview());
  expect(whyLast()).toContain(reason);
});

test('Koji refuses the key, when a tool tests the connection', async () => {
  loop.koji.failNext(() => true, { status: 401, body: { error: 'unauthorized', message: 'No.' } });
  const call = { jsonrpc: '2.0', id: 1, method: 'test_connection' };
  const answer = await loop.post(`/etl/rpc/${secrets.etl}`, JSON.stringify(call));
  expect(await answer.text()).toContain('and put it into KOJI_API_KEY.');
});

test('Koji says that the key may not read an interview', async () => {
  loop.koji.failNext(() => true, { status: 403, body: { error: 'forbidden', message: 'No.' } });
  await loop.deliver({ interview_id: 'int_forbidden' });
  expect(whyLast()).toContain('or put one that has it into KOJI_API_KEY.');
});
