import { webhookChecks } from '../../doctor/access.ts';
import type { Reading } from '../../doctor/reading.ts';
import { verdictsOf } from './patient.ts';

const reading = (status: number, code: string | null, headers: Record<string, string> = {}): Reading => ({
  status,
  code,
  json: code === null ? [] : { error: code, message: '' },
  header: (name) => headers[name] ?? null,
});
const nowhere = reading(404, 'not_found');

test.each([
  ['200: there is something to list', reading(200, null), { K7: 'confirmed' }],
  ['405: the path is there, for other methods', reading(405, 'method_not_allowed'), { K7: 'confirmed' }],
  ['405 that allows POST', reading(405, null, { allow: 'POST' }), { K7: 'confirmed' }],
  ['405 that does not allow POST', reading(405, null, { allow: 'GET, HEAD' }), { K7: 'wrong' }],
  ['403 forbidden: there, but the key may not', reading(403, 'forbidden'), { K7: 'confirmed' }],
  [
    '403 of the plan: there, but not in the plan',
    reading(403, 'plan_upgrade_required'),
    { K7: 'confirmed', 'K7.plan': 'wrong' },
  ],
  ['402: there, but not in the plan', reading(402, 'payment_required'), { K7: 'confirmed', 'K7.plan': 'wrong' }],
  [
    '401 with a key that is accepted elsewhere: perhaps for another login',
    reading(401, 'unauthorized'),
    { K7: 'unknown' },
  ],
  ['404 as everywhere: an API that takes POST alone may answer so', reading(404, 'not_found'), { K7: 'unknown' }],
  ['404 in other words', reading(404, 'no_webhooks'), { K7: 'unknown' }],
  ['503: nothing is learned', reading(503, null), { K7: 'unknown' }],
  ['no answer: nothing is learned', reading(0, null), { K7: 'unknown' }],
  ['a redirect: nothing is learned', reading(302, null), { K7: 'unknown' }],
])('a GET for the webhooks answered with %s', (_name, answer, verdicts) => {
  expect(verdictsOf(webhookChecks(answer, nowhere))).toEqual(verdicts);
});

test('an API that answers 405 at paths that do not exist says nothing with it', () => {
  const refusal = reading(405, 'method_not_allowed');
  expect(verdictsOf(webhookChecks(refusal, refusal))).toEqual({ K7: 'unknown' });
});
