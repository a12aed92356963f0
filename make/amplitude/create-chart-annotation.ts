import { annotationSchema, DEFAULT_CATEGORY, sampleAnnotation } from '../../amplitude/annotations.ts';
import type { Module, RequestStep, Rpc, Step } from '../language/format.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import { NOT_BLANK } from '../language/values.ts';
import { restHeaders, restHost } from './connection.ts';
import { annotationAnswers, restAnswers } from './errors.ts';

const address = (path: string): string => `${restHost()}/api/3/${path}`;
const headers = restHeaders();

const categories = {
  url: address('annotation-categories'),
  method: 'GET',
  headers,
} as const;

/** The choices of a field that takes a category; another one can be typed in. */
export const listAnnotationCategories: Rpc = {
  id: 'listAnnotationCategories',
  label: 'List annotation categories',
  connection: 'amplitude',
  parameters: [],
  communication: {
    ...categories,
    response: {
      ...restAnswers('body.data'),
      iterate: { container: '{{body.data}}', condition: '{{item.name}}' },
      limit: '500',
      output: { label: '{{item.name}}', value: '{{item.name}}' },
    },
  },
};

const utc = (moment: string): string => `formatDate(${moment}, 'YYYY-MM-DDTHH:mm:ss.SSS', 'UTC') + 'Z'`;

const facts = {
  label: '{{trim(parameters.label)}}',
  seconds: "{{parseNumber(formatDate(parameters.start, 'X'), '.')}}",
  start: `{{${utc('parameters.start')}}}`,
  hour: "{{formatDate(parameters.start, 'YYYY-MM-DDTHH', 'UTC')}}",
  end: `{{if(parameters.end, ${utc('parameters.end')}, '')}}`,
  category: "{{trim(ifempty(parameters.category, ''))}}",
  chart_id: "{{trim(ifempty(parameters.chart_id, ''))}}",
  details: "{{trim(ifempty(parameters.details, ''))}}",
};

const cameIn = {
  label: '{{temp.label}}',
  start: '{{parameters.start}}',
  end: '{{ifempty(parameters.end, null)}}',
  category: '{{ifempty(temp.category, null)}}',
  chart_id: '{{ifempty(temp.chart_id, null)}}',
  details: '{{ifempty(temp.details, null)}}',
};

/** What the lines of this label have, the last of them. */
const ofThisLabel = (key: string): string =>
  `{{first(map(toArray(pick(toCollection(body.data, 'label', '${key}'), temp.label)), 'value'))}}`;

/** The lines from shortly before the hour on: Amplitude draws by the hour, and gives those after a moment (A25). */
const drawnBefore: RequestStep = {
  temp: { from: "{{parseDate(temp.seconds - temp.seconds % 3600 - 60, 'X')}}" },
  url: address('annotations'),
  method: 'GET',
  headers,
  qs: {
    start: `{{${utc('temp.from')}}}`,
    chart_id: '{{ifempty(temp.chart_id, ignore)}}',
  },
  response: {
    ...restAnswers('body.data'),
    temp: {
      there_id: ofThisLabel('id'),
      there_start: ofThisLabel('start'),
      there_chart: ofThisLabel('chart_id'),
    },
    output: {},
  },
};

const steps: Step[] = [
  {
    temp: facts,
    response: {
      valid: {
        condition: "{{if(temp.end, parseNumber(formatDate(parameters.end, 'X'), '.') >= temp.seconds, true)}}",
        message: 'Nothing was sent to Amplitude: the field End is before Start.',
        type: 'DataError',
      },
      output: {},
    },
  },
  drawnBefore,
  {
    temp: {
      is_there: `{{if(temp.there_start, formatDate(parseDate(temp.there_start), 'YYYY-MM-DDTHH', 'UTC') = temp.hour & ifempty(temp.there_chart, '') = temp.chart_id, false)}}`,
    },
    response: { output: {} },
  },
  {
    ...categories,
    condition: '{{!temp.is_there & length(temp.category) > 0}}',
    response: {
      ...restAnswers('body.data'),
      temp: { is_missing: "{{!contains(map(body.data, 'name'), temp.category)}}" },
      output: {},
    },
  },
  {
    condition: '{{ifempty(temp.is_missing, false)}}',
    url: address('annotation-categories'),
    method: 'POST',
    type: 'json',
    headers,
    body: { category: '{{temp.category}}' },
    response: { ...annotationAnswers('body.data', 'the category', false), output: {} },
  },
  {
    condition: {
      condition: '{{!temp.is_there}}',
      default: { id: '{{toString(temp.there_id)}}', created: false, already_there: true, ...cameIn },
    },
    url: address('annotations'),
    method: 'POST',
    type: 'json',
    headers,
    body: {
      label: '{{temp.label}}',
      start: '{{temp.start}}',
      end: '{{ifempty(temp.end, ignore)}}',
      category: '{{ifempty(temp.category, ignore)}}',
      chart_id: '{{ifempty(temp.chart_id, ignore)}}',
      details: '{{ifempty(temp.details, ignore)}}',
    },
    response: {
      ...annotationAnswers('body.data.id', 'the annotation', true),
      output: { id: '{{toString(body.data.id)}}', created: true, already_there: false, ...cameIn },
    },
  },
];

/** A line or a span on charts. One that is there already is left as it is. */
export const createChartAnnotation: Module = {
  id: 'createChartAnnotation',
  kind: 'action',
  crud: 'create',
  label: 'Create a chart annotation',
  description:
    'Creates a line on your Amplitude charts that says when a study began. The same line is not drawn twice.',
  connection: 'amplitude',
  staticParameters: [],
  mappableParameters: [
    {
      name: 'label',
      label: 'Label',
      type: 'text',
      required: true,
      validate: NOT_BLANK,
      help: 'For example, `Interviews on checkout began`. What the line on the chart says.',
    },
    {
      name: 'start',
      label: 'Start',
      type: 'date',
      required: true,
      help: 'For example, `2026-05-24T11:00:00Z`. The moment of the line. Amplitude draws by the hour.',
    },
    {
      name: 'end',
      label: 'End',
      type: 'date',
      help: 'For example, `2026-06-07T11:00:00Z`. With it, a span from Start to End is marked in place of a line.',
    },
    {
      name: 'category',
      label: 'Category',
      type: 'select',
      mode: 'edit',
      options: { store: `rpc://${listAnnotationCategories.id}` },
      help: `For example, \`${DEFAULT_CATEGORY}\`. It groups lines in Amplitude. A category that is not there yet is made.`,
    },
    {
      name: 'chart_id',
      label: 'Chart ID',
      type: 'text',
      help: "For example, `abc123`. The part of the chart's address after `/chart/`. If empty, the line is on all charts of the project.",
    },
    {
      name: 'details',
      label: 'Details',
      type: 'text',
      multiline: true,
      help: 'For example, `Most named: pricing`. Shown when somebody opens the line.',
    },
  ],
  communication: steps,
  interface: interfaceOf(annotationSchema),
  samples: samplesOf(sampleAnnotation),
};
