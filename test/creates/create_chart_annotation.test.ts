import { annotationSchema, sampleAnnotation } from '../../amplitude/annotations.ts';
import { perform } from '../../creates/create_chart_annotation.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../sandbox/amplitude/server.ts';
import { perform as categories } from '../../triggers/annotation_category_list.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import nock from '../support/nock.ts';
import { refusedLines } from '../support/refused-lines.ts';

const US = 'https://amplitude.com';
const line = { label: 'Interviews on checkout began', start: '2026-11-26T10:20:00+01:00' };

const annotate = (inputData: object = {}) =>
  run(perform, { authData: connected, inputData: { ...line, ...inputData } });

const listed = (...data: unknown[]) => nock(US).get('/api/3/annotations').query(true).reply(200, { data });

test('a line is drawn on all charts where no chart is named', async () => {
  nock(US).get('/api/3/annotations').query({ start: '2026-11-26T08:59:00.000Z' }).reply(200, { data: [] });
  nock(US)
    .post('/api/3/annotations', { label: line.label, start: '2026-11-26T09:20:00.000Z' })
    .basicAuth({ user: connected.amplitude_api_key, pass: connected.amplitude_secret_key })
    .reply(200, { data: { id: 42 } });
  await expect(annotate()).resolves.toEqual({
    id: '42',
    created: true,
    already_there: false,
    label: line.label,
    start: '2026-11-26T09:20:00.000Z',
    end: null,
    category: null,
    chart_id: null,
    details: null,
  });
});

test('a span has its end, its details and its chart', async () => {
  listed();
  const span = { end: '2026-11-27T09:20:00.000Z', chart_id: 'abc123', details: 'Checkout' };
  nock(US)
    .post('/api/3/annotations', { label: line.label, start: '2026-11-26T09:20:00.000Z', ...span })
    .reply(200, { data: { id: 43 } });
  await expect(annotate(span)).resolves.toMatchObject({ id: '43', ...span });
});

test('an End that is the same as Start is a line', async () => {
  listed();
  nock(US)
    .post('/api/3/annotations')
    .reply(200, { data: { id: 46 } });
  await expect(annotate({ end: line.start })).resolves.toMatchObject({
    created: true,
    end: '2026-11-26T09:20:00.000Z',
  });
});

test('a category that can’t be read hides no other one from the dropdown', async () => {
  nock(US)
    .get('/api/3/annotation-categories')
    .reply(200, { data: [null, { id: 1, name: 'Releases' }] });
  await expect(run(categories, { authData: connected })).resolves.toEqual([
    { id: 'Releases', name: 'Releases' },
    { id: 'Koji', name: 'Koji' },
  ]);
});

test('the category Koji stands in the dropdown once, also where Amplitude has it already', async () => {
  nock(US)
    .get('/api/3/annotation-categories')
    .reply(200, { data: [{ id: 1, name: 'Koji' }] });
  await expect(run(categories, { authData: connected })).resolves.toEqual([{ id: 'Koji', name: 'Koji' }]);
});

test('only the chart’s own lines from shortly before the start are asked for', async () => {
  nock(US)
    .get('/api/3/annotations')
    .query({ start: '2026-11-26T08:59:00.000Z', chart_id: 'abc123' })
    .reply(200, { data: [{ id: 7, label: line.label, start: '2026-11-26T09:00:00+00:00', chart_id: 'abc123' }] });
  await expect(annotate({ chart_id: 'abc123' })).resolves.toMatchObject({ id: '7', already_there: true });
});

test.each([
  ['another label', { label: 'Another', start: '2026-11-26T09:20:00Z', chart_id: null }],
  ['another hour', { label: line.label, start: '2026-11-26T10:20:00Z', chart_id: null }],
  ['one chart in place of all', { label: line.label, start: '2026-11-26T09:20:00Z', chart_id: 'abc123' }],
  ['a later end', { label: line.label, start: '2026-11-26T09:20:00Z', end: '2026-11-27T09:00:00Z', chart_id: null }],
  ['another label and no readable start', { label: 'Another', start: 'soon', chart_id: null }],
])('a line of %s is another line', async (_what, other) => {
  listed({ id: 7, ...other }, 'nonsense');
  nock(US)
    .post('/api/3/annotations')
    .reply(200, { data: { id: 8 } });
  await expect(annotate()).resolves.toMatchObject({ id: '8', created: true });
});

test('a line whose moment Amplitude gives in UTC without saying so is the same line', async () => {
  listed({ id: 7, label: line.label, start: '2026-11-26T09:00:00', end: null, chart_id: null });
  await expect(annotate()).resolves.toMatchObject({ id: '7', already_there: true, start: '2026-11-26T09:00:00.000Z' });
});

test('a category and details that can’t be read make no other line of it', async () => {
  const standing = { id: 7, label: line.label, start: '2026-11-26T09:00:00Z', end: null, chart_id: null };
  listed({ ...standing, category: 'Koji', details: { text: 'x' } });
  await expect(annotate()).resolves.toMatchObject({ id: '7', already_there: true, category: null, details: null });
});

const sameLabel = { id: 6, label: line.label, start: 'soon', end: null, chart_id: null };

test.each([
  ['start', sameLabel],
  ['end', { ...sameLabel, start: '2026-11-26T09:20:00Z', end: 'soon' }],
  ['id', { ...sameLabel, start: '2026-11-26T09:20:00Z', id: null }],
])('beside a line of the same label whose %s can’t be read none is drawn: it may be the same', async (_what, other) => {
  listed(other);
  await expect(zapierErrorOf(annotate())).resolves.toMatchObject({
    kind: 'HaltedError',
    message: expect.stringMatching(/^Nothing was drawn: Amplitude has a line “Interviews on checkout began”/),
  });
});

test('such a line hides none that can be read', async () => {
  listed(sameLabel, { ...sameLabel, id: 7, start: '2026-11-26T09:20:00Z' });
  await expect(annotate()).resolves.toMatchObject({ id: '7', already_there: true });
});

test('of a line that is there already, the step shows what stands in Amplitude and not what was typed in', async () => {
  const standing = { id: 7, label: line.label, start: '2026-11-26T09:00:00Z', end: null, chart_id: null };
  listed({ ...standing, category: { id: 1, name: 'Releases' }, details: 'Of the first run' });
  await expect(annotate({ category: 'Koji', details: 'Of the second run' })).resolves.toEqual({
    id: '7',
    created: false,
    already_there: true,
    label: line.label,
    start: '2026-11-26T09:00:00.000Z',
    end: null,
    category: 'Releases',
    chart_id: null,
    details: 'Of the first run',
  });
});

test('a span that is there is found by its end, to the hour', async () => {
  const standing = { label: line.label, start: '2026-11-26T09:00:00Z' };
  listed({ id: 7, ...standing }, { id: 8, ...standing, end: '2026-11-27T09:00:00Z' });
  await expect(annotate({ end: '2026-11-27T09:20:00Z' })).resolves.toMatchObject({
    id: '8',
    already_there: true,
    end: '2026-11-27T09:00:00.000Z',
  });
});

test('a span that ends with another one and begins at another hour is another span', async () => {
  listed({ id: 7, label: line.label, start: '2026-11-26T10:00:00Z', end: '2026-11-27T09:00:00Z' });
  nock(US)
    .post('/api/3/annotations')
    .reply(200, { data: { id: 8 } });
  await expect(annotate({ end: '2026-11-27T09:20:00Z' })).resolves.toMatchObject({ id: '8', created: true });
});

test.each([
  'abc123',
  ' abc123 ',
  'https://app.amplitude.com/analytics/acme/chart/abc123',
  'https://app.amplitude.com/chart/abc123',
  'https://app.eu.amplitude.com/analytics/acme/chart/abc123/edit/xyz789?source=copy',
  'https://analytics.amplitude.com/acme/chart/abc123#top',
])('the chart abc123 may be given as %p', async (chart_id) => {
  nock(US)
    .get('/api/3/annotations')
    .query({ start: '2026-11-26T08:59:00.000Z', chart_id: 'abc123' })
    .reply(200, { data: [] });
  nock(US)
    .post('/api/3/annotations', (body) => body.chart_id === 'abc123')
    .reply(200, { data: { id: 45 } });
  await expect(annotate({ chart_id })).resolves.toMatchObject({ chart_id: 'abc123' });
});

test('a line among a thousand is found', async () => {
  const others = Array.from({ length: 1_000 }, (_, id) => ({ id, label: `Line ${id}`, start: '2026-11-26T09:00:00Z' }));
  listed(...others, { id: 4_711, label: line.label, start: '2026-11-26T09:00:00Z', chart_id: null });
  await expect(annotate()).resolves.toMatchObject({ id: '4711', already_there: true });
});

test.each([
  ['ends before it starts', { end: '2026-11-26T08:00:00Z' }, 'the field End is before Start.'],
  ['has no label', { label: ' ' }, 'the field Label is empty.'],
  [
    'starts at a time without its zone',
    { start: '2026-11-26T10:20:00' },
    'the field Start must be a date and time with',
  ],
  [
    'ends at a time without its zone',
    { end: '2026-11-26 10:20' },
    'the field End must be a date and time with its zone',
  ],
  ['has a placeholder for a label', { label: 'null' }, 'the field Label holds a placeholder such as null or n/a'],
  ...refusedLines,
  ['has a list for a label', { label: ['a', 'b'] }, 'the field Label must be text'],
  ['has a list for a category', { category: ['a', 'b'] }, 'the field Category must be text'],
  ['has a list for details', { details: ['a', 'b'] }, 'the field Details must be text'],
  ['starts at no moment', { start: 'next week' }, 'the field Start must be a date and time'],
  ['is for a chart that no earlier step gave', { chart_id: '{{123__id}}' }, 'the field Chart ID is mapped to'],
])('one that %s halts before anything is sent', async (_what, fields, words) => {
  const { kind, message } = await zapierErrorOf(annotate(fields));
  expect([kind, message]).toEqual(['HaltedError', expect.stringContaining(words)]);
});

test.each(['null', 'n/a', '{{123__summary}}'])('one whose details are %s is drawn without any', async (details) => {
  listed();
  nock(US)
    .post('/api/3/annotations', { label: line.label, start: '2026-11-26T09:20:00.000Z' })
    .reply(200, { data: { id: 44 } });
  await expect(annotate({ details })).resolves.toMatchObject({ details: null, created: true });
});

test('a label of 1,000 characters is drawn whole', async () => {
  const label = 'x'.repeat(1_000);
  listed();
  nock(US)
    .post('/api/3/annotations', { label, start: '2026-11-26T09:20:00.000Z' })
    .reply(200, { data: { id: 44 } });
  await expect(annotate({ label })).resolves.toMatchObject({ label, created: true });
});

test.each([
  [400, { error: 'Invalid field' }, 'Amplitude says: “Invalid field”'],
  [404, { error: 'Not found' }, 'Amplitude says: “Not found”'],
])('a category that can’t be made (%s) is named, and no chart is blamed', async (status, body, words) => {
  listed();
  nock(US).post('/api/3/annotations').reply(404, { error: 'Category not found' });
  nock(US).post('/api/3/annotation-categories', { category: 'Research' }).reply(status, body);
  const { kind, message } = await zapierErrorOf(annotate({ category: 'Research' }));
  expect([kind, message]).toEqual(['HaltedError', expect.stringContaining(words)]);
  expect(message).toContain(`Amplitude refused the category “Research” (${status})`);
  expect(message).not.toContain('chart');
});

test('a chart that is missing where the lines are looked up points at Chart ID', async () => {
  nock(US).get('/api/3/annotations').query(true).reply(404, { error: 'Chart not found' });
  await expect(annotate({ chart_id: 'other' })).rejects.toThrow(
    'Amplitude does not find this chart (404). Check Chart ID',
  );
});

test.each([
  ['lines', () => annotate(), '/api/3/annotations', 'to show its annotations'],
  [
    'categories',
    () => run(categories, { authData: connected }),
    '/api/3/annotation-categories',
    'to show its categories',
  ],
])('where Amplitude refuses to list %s, its words are told', async (_what, running, path, what) => {
  nock(US).get(path).query(true).reply(400, { error: 'Invalid project' });
  await expect(running()).rejects.toThrow(`Amplitude refused ${what} (400). Amplitude says: “Invalid project”`);
});

test('a category that was made before the chart turned out to be missing is named', async () => {
  listed();
  nock(US).post('/api/3/annotations').twice().reply(404, { error: 'Not found' });
  nock(US)
    .post('/api/3/annotation-categories', { category: 'Research' })
    .reply(200, { data: { id: 1, name: 'Research' } });
  await expect(zapierErrorOf(annotate({ chart_id: 'other', category: 'Research' }))).resolves.toEqual({
    kind: 'HaltedError',
    message:
      'Amplitude does not find this chart (404). The category “Research” was made before that showed, and is there for the next try. Check Chart ID: it is the part of the chart’s address after /chart/, of a chart in this project.',
  });
});

test.each([
  ['made', { category: 'Research' }, { status: 200, body: { data: { id: 1 } } }],
  ['made for a line on one chart', { category: 'Research', chart_id: 'abc123' }, { status: 200, body: {} }],
  ['there, as another run made it just before (409)', { category: 'Research' }, { status: 409, body: {} }],
])('once its category is %s, the line is drawn', async (_how, fields, { status, body }) => {
  listed();
  nock(US).post('/api/3/annotations').reply(404, { error: 'Category not found' });
  nock(US).post('/api/3/annotation-categories', { category: 'Research' }).reply(status, body);
  nock(US)
    .post('/api/3/annotations')
    .reply(200, { data: { id: 47 } });
  await expect(annotate(fields)).resolves.toMatchObject({ id: '47', ...fields });
});

test('a category that is there is not made again', async () => {
  listed();
  nock(US)
    .post('/api/3/annotations')
    .reply(200, { data: { id: 48 } });
  await expect(annotate({ category: 'Koji' })).resolves.toMatchObject({ category: 'Koji', created: true });
});

test('a line that Amplitude does not take (404) though its category was made blames no Chart ID', async () => {
  listed();
  nock(US).post('/api/3/annotations').twice().reply(404, { error: 'Not found' });
  nock(US)
    .post('/api/3/annotation-categories')
    .reply(200, { data: { id: 1 } });
  const { message } = await zapierErrorOf(annotate({ category: 'Research' }));
  expect(message).toContain('Amplitude refused the annotation (404)');
});

test('a line on all charts that Amplitude does not take (404) blames no Chart ID', async () => {
  listed();
  nock(US).post('/api/3/annotations').reply(404, { error: 'Not found' });
  expect((await zapierErrorOf(annotate())).message).toContain('Amplitude refused the annotation (404)');
});

test('a connection without the secret key says where to add it', async () => {
  const running = run(perform, { authData: { ...connected, amplitude_secret_key: '' }, inputData: line });
  expect((await zapierErrorOf(running)).message).toContain('no Amplitude Secret Key');
});

test('the sample is what a run with its values gives', async () => {
  const { id, label, start, category, details } = sampleAnnotation;
  expect(annotationSchema.strict().parse(sampleAnnotation)).toEqual(sampleAnnotation);
  listed();
  nock(US).post('/api/3/annotations', { label, start, category, details }).reply(200, { data: { id } });
  await expect(annotate({ label, start, category, details })).resolves.toEqual(sampleAnnotation);
});

describe('on a project’s charts', () => {
  let amplitude: AmplitudeSandbox;
  const { apiKey, secretKey } = sandboxProject;
  const authData = { ...connected, amplitude_api_key: apiKey, amplitude_secret_key: secretKey };
  const here = (fields: object = {}) => run(perform, { authData, inputData: { ...line, ...fields } });

  beforeEach(async () => {
    amplitude = await startAmplitude({ now: Date.now });
    process.env.AMPLITUDE_REST_URL = amplitude.url;
  });
  afterEach(async () => {
    delete process.env.AMPLITUDE_REST_URL;
    await amplitude.close();
  });

  test('the same line is drawn once, however often the step runs', async () => {
    await here({ category: 'Koji' });
    await expect(here({ category: 'Koji' })).resolves.toMatchObject({ created: false, already_there: true });
    expect(amplitude.annotations(apiKey)).toEqual([
      expect.objectContaining({ label: line.label, category: { id: 100, name: 'Koji' } }),
    ]);
  });

  test('a category that is not there is made, with a slash in it as well, and then offered', async () => {
    await here({ category: 'Research / Koji', details: 'Checkout' });
    expect(amplitude.annotations(apiKey)).toMatchObject([
      { category: { name: 'Research / Koji' }, details: 'Checkout' },
    ]);
    await expect(run(categories, { authData })).resolves.toEqual([
      { id: 'Research / Koji', name: 'Research / Koji' },
      { id: 'Koji', name: 'Koji' },
    ]);
  });

  test('a chart of another project halts, says where the id is found, and makes nothing', async () => {
    const { kind, message } = await zapierErrorOf(here({ chart_id: 'other' }));
    expect([kind, message]).toEqual([
      'HaltedError',
      expect.stringContaining('does not find this chart (404). Check Chart ID'),
    ]);
    expect(amplitude.annotations(apiKey)).toEqual([]);
  });

  test('a category that was made for a chart that is missing is there for the next try', async () => {
    await zapierErrorOf(here({ chart_id: 'other', category: 'Research' }));
    await expect(run(categories, { authData })).resolves.toContainEqual({ id: 'Research', name: 'Research' });
    await expect(here({ chart_id: 'abc123', category: 'Research' })).resolves.toMatchObject({ created: true });
  });

  test('a span that begins with a line of the same label is drawn beside it', async () => {
    await here();
    const span = await here({ end: '2026-11-27T10:20:00+01:00' });
    expect(span).toMatchObject({ created: true });
    await expect(here({ end: '2026-11-27T10:20:00+01:00' })).resolves.toMatchObject({
      id: span.id,
      already_there: true,
    });
    expect(amplitude.annotations(apiKey)).toHaveLength(2);
  });
});
