/** How much is read of a body, and what is said of one that is no good. */
import { gzipSync } from 'node:zlib';
import { jsonIn, textOf } from '../../forwarder/body.ts';
import { processorTimeOf } from '../support/processor-time.ts';

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  new Request('http://forwarder/', { method: 'POST', body, headers });
const saidOf = (asked: Promise<unknown>) => asked.catch(({ answer }: { answer: Response }) => answer.json());
const message = 'The body is larger than this address takes: send smaller batches.';

test.each([
  ['says so', post('[]', { 'content-length': '11' })],
  ['does not say so', post('12345678901')],
  ['unpacks to it', post(new Uint8Array(gzipSync('12345678901')), { 'content-encoding': 'gzip' })],
])('one that is too long, and %s, is told how many rows are taken, where rows are', async (_how, request) => {
  expect(await saidOf(textOf(request, { bytes: 10, rows: 5_000 }))).toEqual({
    error: 'too_large',
    message,
    max_rows: 5_000,
  });
});

test('one that is too long where no rows are taken is told nothing of them', async () => {
  expect(await saidOf(textOf(post('12345678901'), { bytes: 10 }))).toEqual({ error: 'too_large', message });
});

test.each([
  ['announced', { 'content-length': '12' }],
  ['not announced', {}],
])('the text of one whose length is %s is as it came', async (_how, headers: Record<string, string>) => {
  expect(await textOf(post('\uFEFF{"a":"é"}', headers), { bytes: 13 })).toBe('\uFEFF{"a":"é"}');
});

const members = (count: number, last: string) => `[${'{"user_id":"user_10042"},'.repeat(count)}${last}]`;

test('one that breaks late is told where', async () => {
  expect(await saidOf(jsonIn(post(members(39_000, 'None')), { bytes: 10_000_000 }))).toEqual({
    error: 'not_json',
    message: 'The body is not JSON. It breaks at character 975002.',
  });
});

test('a large one that breaks at its end holds nobody up: it is not read again and again', async () => {
  const request = post(members(380_000, 'None'));
  let said: unknown;
  const spent = await processorTimeOf(async () => {
    said = await saidOf(jsonIn(request, { bytes: 10_000_000 }));
  });
  expect(said).toMatchObject({ message: 'The body is not JSON. It breaks after character 1000000.' });
  expect(spent).toBeLessThan(800);
});
