import {
  annotationSchema,
  DEFAULT_CATEGORY,
  HOLDS_NO_CHART,
  IS_BEFORE_START,
  sampleAnnotation,
} from '../../amplitude/annotations.ts';
import { paths } from '../../amplitude/hosts.ts';
import { EARLIEST, HOLDS_NO_MOMENT } from '../../boundary/values.ts';
import type { Module, RequestStep, Rpc, Step } from '../language/format.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import { HOLDS_NOTHING, isNothing, isPlaceholder, MARK, NOT_BLANK, NOTHING } from '../language/values.ts';
import { restHeaders, restHost } from './connection.ts';
import { annotationAnswers, categoryAnswers, categoryListAnswers, chartNotThere } from './errors.ts';

const address = `${restHost()}${paths.annotations}`;
const addressOfCategories = `${restHost()}${paths.annotationCategories}`;
const headers = restHeaders();

const categories = {
  url: addressOfCategories,
  method: 'GET',
  headers,
} as const;

/** The choices of a field that takes a category; another one can be typed in. */
export const listAnnotationCategories: Rpc = {
  id: 'listAnnotationCategories',
  label: 'List annotation categories',
  connection: 'amplitude',
  communication: {
    ...categories,
    response: {
      ...categoryListAnswers,
      iterate: { container: '{{body.data}}', condition: '{{item.name}}' },
      limit: '500',
      output: { label: '{{item.name}}', value: '{{item.name}}' },
    },
  },
};

const utc = (moment: string): string => `formatDate(${moment}, 'YYYY-MM-DDTHH:mm:ss.SSS', 'UTC') + 'Z'`;
const hour = (moment: string): string => `formatDate(${moment}, 'YYYY-MM-DDTHH', 'UTC')`;

/** A saved chart's address up to its id, and what may be behind the id. */
const BEFORE_CHART = "'/^https:[/][/][^/?#]*amplitude[.]com[/][^?#]*chart[/]/'";
const BEHIND_CHART = "'/[/?#].*/'";

const facts = {
  label: '{{trim(parameters.label)}}',
  seconds: "{{parseNumber(formatDate(parameters.start, 'X'), '.')}}",
  start: `{{${utc('parameters.start')}}}`,
  end: `{{if(parameters.end, ${utc('parameters.end')}, '')}}`,
  category: "{{trim(ifempty(parameters.category, ''))}}",
  chart: "{{trim(ifempty(parameters.chart_id, ''))}}",
  given_details: "{{trim(ifempty(parameters.details, ''))}}",
  ...NOTHING,
};

const findings = {
  from: "{{parseDate(temp.seconds - temp.seconds % 3600 - 60, 'X')}}",
  wanted: `${MARK}{{temp.label}}${MARK}`,
  chart_id: `{{if(contains(temp.chart, ':'), replace(replace(temp.chart, ${BEFORE_CHART}, ''), ${BEHIND_CHART}, ''), temp.chart)}}`,
  of_label: `{{if(${isNothing('temp.label')}, 'label', '')}}`,
  details: `{{if(${isPlaceholder('temp.given_details')}, '', temp.given_details)}}`,
  // A count of seconds, of which Make's dates take each for a thousandth.
  of_start: `{{if(temp.seconds < ${EARLIEST / 1_000}, 'start', '')}}`,
  is_early: "{{if(temp.end, parseNumber(formatDate(parameters.end, 'X'), '.') < temp.seconds, false)}}",
};

/** The fields that can't be sent as they are, and why. */
const problems = {
  label: `Label ${HOLDS_NOTHING}`,
  start: `Start ${HOLDS_NO_MOMENT}`,
  category: `Category ${HOLDS_NOTHING}`,
  nothing: `Chart ID ${HOLDS_NOTHING}`,
  chart: `Chart ID ${HOLDS_NO_CHART}`,
  end: `End ${IS_BEFORE_START}`,
};

/** By what a line is known again beside its label: the hours of its start and end, and its chart. */
const keyOf = (start: string, end: string, chart: string): string => `{{${start}}} {{${end}}} {{${chart}}}`;

const checks = {
  key: keyOf(hour('parameters.start'), hour('ifempty(parameters.end, parameters.start)'), 'temp.chart_id'),
  problems,
  of_category: `{{if(${isNothing('temp.category')}, 'category', '')}}`,
  of_chart: `{{if(${isNothing('temp.chart_id')}, 'nothing', if(temp.chart_id = 'new' | contains(temp.chart_id, ':') | contains(temp.chart_id, '/'), 'chart', ''))}}`,
};

const linesAnswers = annotationAnswers('body.data', 'to show its annotations', 'temp.no_chart');

/** The lines from shortly before the hour on: Amplitude draws by the hour, and gives those after a moment (A25). */
const lines: RequestStep = {
  url: address,
  method: 'GET',
  headers,
  qs: {
    start: `{{${utc('temp.from')}}}`,
    chart_id: '{{ifempty(temp.chart_id, ignore)}}',
  },
  response: {
    ...linesAnswers,
    temp: {
      ...linesAnswers.temp,
      lines: '{{ifempty(body.data, emptyarray)}}',
      backwards: '{{reverse(ifempty(body.data, emptyarray))}}',
    },
    output: {},
  },
};

const labels = (list: string): string => `${MARK}{{join(map(${list}, 'label'), '${MARK}${MARK}')}}${MARK}`;

/** The marks of the labels before the one that is wanted, two for each. */
const before = (all: string): string =>
  `{{replace(substring(${all}, 0, indexOf(${all}, temp.wanted)), '/[^${MARK}]/g', '')}}`;

const ofThisLabel = (line: string, moment: string): string =>
  `if(${line}.label = temp.label, ${hour(`parseDate(${moment})`)}, '')`;
const keyOfLine = (line: string): string =>
  keyOf(
    ofThisLabel(line, `${line}.start`),
    ofThisLabel(line, `ifempty(${line}.end, ${line}.start)`),
    `${line}.chart_id`,
  );

/**
 * The first and the last line of the label. What is wanted is in the earliest hour of the list, whose order is not known,
 * so it is one of them unless the hour has several.
 */
const drawnBefore: Step[] = [
  {
    temp: { labels: labels('temp.lines'), labels_backwards: labels('temp.backwards') },
    response: {
      temp: { before: before('temp.labels'), before_backwards: before('temp.labels_backwards') },
      output: {},
    },
  },
  {
    temp: {
      first: '{{get(temp.lines, length(temp.before) / 2 + 1)}}',
      last: '{{get(temp.backwards, length(temp.before_backwards) / 2 + 1)}}',
    },
    response: { temp: { first_key: keyOfLine('temp.first'), last_key: keyOfLine('temp.last') }, output: {} },
  },
  {
    temp: {
      is_there: '{{temp.first_key = temp.key | temp.last_key = temp.key}}',
      there: '{{if(temp.first_key = temp.key, temp.first, temp.last)}}',
    },
    response: { output: {} },
  },
];

const steps: Step[] = [
  { temp: facts, response: { temp: findings, output: {} } },
  {
    temp: { ...checks, ...chartNotThere },
    response: {
      temp: {
        problem:
          "{{ifempty(temp.of_label, ifempty(temp.of_start, ifempty(temp.of_category, ifempty(temp.of_chart, if(temp.is_early, 'end', '')))))}}",
      },
      valid: {
        condition: '{{!temp.problem}}',
        message: 'Nothing was sent to Amplitude: the field {{get(temp.problems, temp.problem)}}.',
        type: 'DataError',
      },
      output: {},
    },
  },
  lines,
  ...drawnBefore,
  {
    ...categories,
    condition: '{{!temp.is_there & length(temp.category) > 0}}',
    response: {
      ...categoryListAnswers,
      temp: { ...categoryListAnswers.temp, is_missing: "{{!contains(map(body.data, 'name'), temp.category)}}" },
      output: {},
    },
  },
  {
    condition: '{{ifempty(temp.is_missing, false)}}',
    url: addressOfCategories,
    method: 'POST',
    type: 'json',
    headers,
    body: { category: '{{temp.category}}' },
    response: { ...categoryAnswers('temp.category'), output: {} },
  },
  {
    condition: {
      condition: '{{!temp.is_there}}',
      default: {
        id: '{{toString(temp.there.id)}}',
        created: false,
        already_there: true,
        label: '{{temp.there.label}}',
        start: '{{if(temp.there.start, parseDate(temp.there.start), null)}}',
        end: '{{if(temp.there.end, parseDate(temp.there.end), null)}}',
        category: '{{ifempty(temp.there.category.name, null)}}',
        chart_id: '{{ifempty(temp.there.chart_id, null)}}',
        details: '{{ifempty(temp.there.details, null)}}',
      },
    },
    url: address,
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
      ...annotationAnswers(
        'body.data.id',
        'the annotation',
        'if(temp.is_missing, temp.no_chart_for_category, temp.no_chart)',
      ),
      output: {
        id: '{{toString(body.data.id)}}',
        created: true,
        already_there: false,
        label: '{{temp.label}}',
        start: '{{parameters.start}}',
        end: '{{ifempty(parameters.end, null)}}',
        category: '{{ifempty(temp.category, null)}}',
        chart_id: '{{ifempty(temp.chart_id, null)}}',
        details: '{{ifempty(temp.details, null)}}',
      },
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
    'Creates a line or a span on your Amplitude charts, for example where a study began. The same one is not drawn twice.',
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
      editable: true,
      mode: 'edit',
      options: { store: `rpc://${listAnnotationCategories.id}` },
      help: `For example, \`${DEFAULT_CATEGORY}\`. It groups lines in Amplitude. A category that is not there yet is made.`,
    },
    {
      name: 'chart_id',
      label: 'Chart ID',
      type: 'text',
      help: 'For example, `abc123`. The address of a saved chart, or the part of it after `/chart/`. If empty, the line is on all charts of the project.',
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
