/** Lines on charts by the built Make app and by the Zapier app, on the same project: who comes second finds the line. */
import { perform } from '../../creates/create_chart_annotation.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../sandbox/amplitude/server.ts';
import { readApp } from '../../sandbox/make/app.ts';
import { fetchTo, type MakeHttp } from '../../sandbox/make/network.ts';
import { runModule, runRpc } from '../../sandbox/make/run.ts';
import { connected, run } from '../support/app.ts';

const app = readApp('make/app/koji-amplitude');
const { apiKey, secretKey } = sandboxProject;
const line = { label: 'Koji: why trials end, 38 interviews (v1.2)', start: '2026-05-24T11:20:00+02:00' };

let amplitude: AmplitudeSandbox;
beforeEach(async () => {
  amplitude = await startAmplitude({ now: Date.now });
  process.env.AMPLITUDE_REST_URL = amplitude.url;
});
afterEach(async () => {
  delete process.env.AMPLITUDE_REST_URL;
  await amplitude.close();
});

const around = (parameters: object = {}, http?: MakeHttp) => ({
  connections: {
    amplitude: { amplitude_api_key: apiKey, amplitude_secret_key: secretKey, amplitude_region: 'us' },
  },
  parameters: { ...parameters },
  http: http ?? fetchTo({ 'https://amplitude.com': amplitude.url }),
  now: Date.now,
});

const onMake = async (fields: object = {}, http?: MakeHttp) =>
  (await runModule(app, 'createChartAnnotation', around({ ...line, ...fields }, http))).bundles[0];

const onZapier = (fields: object = {}) =>
  run(perform, {
    authData: { ...connected, amplitude_api_key: apiKey, amplitude_secret_key: secretKey },
    inputData: { ...line, ...fields },
  });

const drawn = () => amplitude.annotations(apiKey);

test.each<[string, object]>([
  ['a line on all charts', {}],
  ['a line on one chart', { chart_id: 'abc123' }],
  ['a span with details', { end: '2026-05-25T11:00:00Z', details: ' Most named: pricing. ' }],
])('%s is the same from both platforms, and is drawn once', async (_what, fields) => {
  const first = await onMake(fields);
  expect(first).toMatchObject({ created: true, already_there: false });
  const again = { ...Object(first), created: false, already_there: true };
  expect(await onMake(fields)).toEqual(again);
  // Zapier shows the hour that Amplitude keeps, Make the moment that was filled in.
  expect(await onZapier(fields)).toEqual({ ...again, start: '2026-05-24T09:00:00.000Z' });
  expect(drawn()).toHaveLength(1);
});

test('a line that Zapier drew is not drawn again, and no category is made for it', async () => {
  const first = Object(await onZapier());
  expect(await onMake({ category: 'Koji' })).toMatchObject({ id: first.id, already_there: true });
  expect(drawn()).toHaveLength(1);
  expect(await runRpc(app, 'listAnnotationCategories', around())).toEqual([]);
});

test('a category that is missing is made once, and can be chosen then', async () => {
  await onMake({ category: ' A/B ' });
  await onMake({ category: 'A/B', label: 'Another' });
  expect(drawn().map(({ category }) => category?.name)).toEqual(['A/B', 'A/B']);
  expect(await runRpc(app, 'listAnnotationCategories', around())).toEqual([{ label: 'A/B', value: 'A/B' }]);
});

test.each([
  ['another hour', { start: '2026-05-24T12:20:00+02:00' }],
  ['another label', { label: 'Koji: why trials end' }],
  ['one chart in place of all', { chart_id: 'abc123' }],
])('a line of %s is another line', async (_what, other) => {
  await onMake();
  expect(await onMake(other)).toMatchObject({ created: true });
  expect(drawn()).toHaveLength(2);
});

test('a line among a thousand is found', async () => {
  const data = Array.from({ length: 1_000 }, (_, id) => ({ id, label: `Line ${id}`, start: '2026-05-24T09:00:00Z' }));
  const listed = { id: 4_711, label: line.label, start: '2026-05-24T09:00:00+00:00', chart_id: null };
  const http: MakeHttp = async ({ method }) => ({
    status: method === 'GET' ? 200 : 500,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ data: [...data, listed] }),
  });
  expect(await onMake({}, http)).toMatchObject({ id: '4711', already_there: true });
});

test('one that ends before it starts is refused before anything is sent', async () => {
  const http: MakeHttp = () => Promise.reject(new Error('Nothing may be asked.'));
  await expect(onMake({ end: '2026-05-24T09:00:00Z' }, http)).rejects.toMatchObject({
    type: 'DataError',
    message: expect.stringContaining('the field End is before Start'),
  });
});

test('a chart of another project is named', async () => {
  await expect(onMake({ chart_id: 'other' })).rejects.toMatchObject({
    type: 'DataError',
    message: expect.stringContaining('Amplitude does not find this chart (404). Check Chart ID'),
  });
});

test.each<[string, unknown, string]>([
  ['in a sentence', 'Invalid field: label', 'Amplitude says: Invalid field: label'],
  ['in details', { metadata: { details: 'Too long' } }, 'Amplitude says: Too long'],
  ['without a word', undefined, 'Amplitude says: nothing more'],
])('a line that Amplitude refuses %s is said', async (_how, error, words) => {
  const http: MakeHttp = async ({ method }) => ({
    status: method === 'GET' ? 200 : 400,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(method === 'GET' ? { data: [] } : { error }),
  });
  await expect(onMake({}, http)).rejects.toMatchObject({ type: 'DataError', message: expect.stringContaining(words) });
});
