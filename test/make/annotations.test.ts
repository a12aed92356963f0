/** Lines on charts by the built Make app and by the Zapier app, on the same project: who comes second finds the line. */
import { perform } from '../../creates/create_chart_annotation.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../sandbox/amplitude/server.ts';
import { readApp } from '../../sandbox/make/app.ts';
import { fetchTo, type MakeHttp } from '../../sandbox/make/network.ts';
import { runModule, runRpc } from '../../sandbox/make/run.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import { refusedLines } from '../support/refused-lines.ts';

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
  // What stands there: Amplitude keeps the hour.
  const again = { ...Object(first), created: false, already_there: true, start: '2026-05-24T09:00:00.000Z' };
  expect(await onMake(fields)).toEqual(again);
  expect(await onZapier(fields)).toEqual(again);
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

/** Amplitude with these lines, which takes no new one unless `drawing` answers it. */
const standing =
  (data: object[], drawing: { status: number; body: object } = { status: 500, body: {} }): MakeHttp =>
  async ({ method }) => ({
    status: method === 'GET' ? 200 : drawing.status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(method === 'GET' ? { data } : drawing.body),
  });

const hour = { label: line.label, start: '2026-05-24T09:00:00+00:00', end: null, chart_id: null };
const others = Array.from({ length: 1_000 }, (_, id) => ({ ...hour, id, label: `Line ${id}` }));

test.each([
  ['at the beginning', [{ ...hour, id: 4_711 }, ...others]],
  ['in the middle', [...others.slice(0, 400), { ...hour, id: 4_711 }, ...others.slice(400)]],
  ['at the end', [...others, { ...hour, id: 4_711 }]],
])('a line %s of a thousand is found', async (_where, data) => {
  expect(await onMake({}, standing(data))).toMatchObject({ id: '4711', already_there: true });
});

test.each([
  [
    'later ones',
    [
      { ...hour, id: 2, start: '2026-05-31T09:00:00+00:00' },
      { ...hour, id: 3, start: '2026-06-07T09:00:00+00:00' },
    ],
  ],
  ['a span', [{ ...hour, id: 2, end: '2026-05-30T09:00:00+00:00' }]],
  ['one on one chart', [{ ...hour, id: 2, chart_id: 'abc123' }]],
])('a line is found beside %s of the same label, in whichever order Amplitude gives them', async (_what, same) => {
  for (const data of [
    [{ ...hour, id: 1 }, ...same],
    [...same.toReversed(), { ...hour, id: 1 }],
  ]) {
    expect(await onMake({}, standing([...others, ...data]))).toMatchObject({ id: '1', already_there: true });
  }
});

test.each(['v2.0', 'Prices[1]', 'Why, how, when', '`quoted`', 'id', "Ada's {first}"])(
  'the label %p is a text and no path',
  async (label) => {
    const first = Object(await onMake({ label }));
    await onMake({ label: `${label} again` });
    expect(await onMake({ label })).toMatchObject({ id: first.id, label, already_there: true });
    expect(drawn()).toHaveLength(2);
  },
);

test('of a line that is there already, both platforms show what stands there and not what was filled in', async () => {
  await onZapier({ category: 'Releases', details: 'Of the first run' });
  const again = { category: 'Koji', details: 'Of the second run' };
  const shown = await onMake(again);
  expect(shown).toMatchObject({ already_there: true, category: 'Releases', details: 'Of the first run' });
  expect(shown).toEqual(await onZapier(again));
});

test.each([
  'abc123',
  ' abc123 ',
  'https://app.amplitude.com/analytics/acme/chart/abc123',
  'https://app.amplitude.com/chart/abc123',
  'https://app.eu.amplitude.com/analytics/acme/chart/abc123/edit/xyz789?source=copy',
  'https://analytics.amplitude.com/acme/chart/abc123#top',
])('the chart abc123 may be given as %p', async (chart_id) => {
  expect(await onMake({ chart_id })).toMatchObject({ chart_id: 'abc123', created: true });
});

test.each<[string, object, string]>([
  ['ends before it starts', { end: '2026-05-24T09:00:00Z' }, 'the field End is before Start.'],
  ...refusedLines,
  ['starts in 1970', { start: '1970-01-21T14:20:14Z' }, 'the field Start must be a date and time with its zone'],
  ['has a whole report for a category', { category: 'x'.repeat(1_025) }, 'the field Category holds '],
  ['is for a part of an address', { chart_id: 'chart/abc123' }, "the field Chart ID must be a saved chart's id"],
])('one that %s is refused before anything is sent, on both platforms alike', async (_what, fields, words) => {
  const http: MakeHttp = () => Promise.reject(new Error('Nothing may be asked.'));
  const message = `Nothing was sent to Amplitude: ${words}`;
  await expect(onMake(fields, http)).rejects.toMatchObject({
    type: 'DataError',
    message: expect.stringContaining(message),
  });
  expect((await zapierErrorOf(onZapier(fields))).message).toContain(message);
});

test('a start that is mapped as a count of seconds is refused, because Make reads it as one of 1970', async () => {
  await expect(onMake({ start: 1_779_614_400 })).rejects.toMatchObject({
    type: 'DataError',
    message: expect.stringContaining('the field Start must be a date and time'),
  });
});

test('a label of 1,024 characters is drawn whole', async () => {
  expect(await onMake({ label: 'x'.repeat(1_024) })).toMatchObject({ created: true });
  expect(drawn()[0]?.label).toHaveLength(1_024);
});

test('a chart of another project is named, and nothing is made', async () => {
  await expect(onMake({ chart_id: 'other' })).rejects.toMatchObject({
    type: 'DataError',
    message:
      '[404] Amplitude does not find this chart (404). Check Chart ID: it is the part of the chart’s address after /chart/, of a chart in this project.',
  });
  expect(drawn()).toEqual([]);
});

test('a category that was made before the chart turned out to be missing is named, and is there for the next try', async () => {
  await expect(onMake({ chart_id: 'other', category: 'Research' })).rejects.toMatchObject({
    type: 'DataError',
    message: expect.stringContaining('(404). The category “Research” was made before that showed'),
  });
  expect(await runRpc(app, 'listAnnotationCategories', around())).toEqual([{ label: 'Research', value: 'Research' }]);
  expect(await onMake({ chart_id: 'abc123', category: 'Research' })).toMatchObject({ created: true });
});

/** Amplitude, where this is refused and nothing else is there. */
const refusing =
  (path: string, status: number, error: string): MakeHttp =>
  async ({ url }) => ({
    status: url.includes(path) ? status : 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(url.includes(path) ? { error } : { data: [] }),
  });

test('a chart that is missing where the lines are looked up points at Chart ID', async () => {
  const http = refusing('/annotations', 404, 'Chart not found');
  await expect(onMake({ chart_id: 'other' }, http)).rejects.toMatchObject({
    type: 'DataError',
    message: expect.stringContaining('Amplitude does not find this chart (404). Check Chart ID'),
  });
});

test.each<[string, (http: MakeHttp) => Promise<unknown>, string, string]>([
  ['lines', (http) => onMake({}, http), '/annotations', 'to show its annotations'],
  [
    'categories for a line',
    (http) => onMake({ category: 'Koji' }, http),
    '/annotation-categories',
    'to show its categories',
  ],
  [
    'categories to choose from',
    (http) => runRpc(app, 'listAnnotationCategories', around({}, http)),
    '/annotation-categories',
    'to show its categories',
  ],
])('where Amplitude refuses to list %s, its words are told', async (_what, running, path, what) => {
  await expect(running(refusing(path, 400, 'Invalid project'))).rejects.toMatchObject({
    type: 'DataError',
    message: `[400] Amplitude refused ${what} (400). Amplitude says: “Invalid project”`,
  });
});

test('a line on all charts that Amplitude does not take (404) blames no Chart ID', async () => {
  const http = standing([], { status: 404, body: { error: 'Not found' } });
  await expect(onMake({}, http)).rejects.toMatchObject({
    type: 'DataError',
    message: '[404] Amplitude refused the annotation (404). Amplitude says: “Not found”',
  });
});

test.each([400, 404])('a category that can’t be made (%d) is named, and no chart is blamed', async (status) => {
  const http = standing([], { status, body: { error: 'Invalid field' } });
  await expect(onMake({ category: 'Research', chart_id: 'abc123' }, http)).rejects.toMatchObject({
    type: 'DataError',
    message: `[${status}] Amplitude refused the category “Research” (${status}). Amplitude says: “Invalid field”`,
  });
});

test('a category that another run made just before is an error that Make repeats, and the repeat draws the line', async () => {
  const http = standing([], { status: 409, body: { error: 'Category already exists' } });
  await expect(onMake({ category: 'Research' }, http)).rejects.toMatchObject({
    type: 'ConnectionError',
    message: expect.stringContaining('Amplitude has the category “Research” by now (409)'),
  });
});

test.each<[string, unknown, string]>([
  ['in a sentence', 'Invalid field: label', 'Amplitude says: “Invalid field: label”'],
  ['in details', { metadata: { details: 'Too long' } }, 'Amplitude says: “Too long”'],
  ['without a word', undefined, 'Amplitude says: nothing more'],
  ['in an object of another form', { reason: 'Too long' }, 'Amplitude says: nothing more'],
])('a line that Amplitude refuses %s is said', async (_how, error, words) => {
  const http = standing([], { status: 400, body: { error } });
  await expect(onMake({}, http)).rejects.toMatchObject({ type: 'DataError', message: expect.stringContaining(words) });
});

test.each([
  ['400', 400, {}],
  ['404', 404, {}],
  ['404 where a chart is named', 404, { chart_id: 'abc123' }],
])('a web page of a host on the way (%s) is no refusal of Amplitude’s', async (_how, status, fields) => {
  const page: MakeHttp = async ({ method }) => ({
    status: method === 'GET' ? 200 : status,
    headers: { 'content-type': method === 'GET' ? 'application/json' : 'text/html' },
    body: method === 'GET' ? '{"data":[]}' : '<html>Not here</html>',
  });
  await expect(onMake(fields, page)).rejects.toMatchObject({
    type: 'RuntimeError',
    message: expect.stringContaining('Something on the way to Amplitude blocked the request'),
  });
});

test.each([401, 403])('a wrong key in the form of version 3 (%d) is said to be one', async (status) => {
  const http = standing([], { status, body: { error: 'Invalid API Key' } });
  await expect(onMake({}, http)).rejects.toMatchObject({
    message: expect.stringContaining('Amplitude does not know the API key in this region'),
  });
});
