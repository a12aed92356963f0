import { type Bundle, defineCreate, defineInputFields, type ZObject } from 'zapier-platform-core';
import { annotateCharts, annotationInput, annotationSchema, sampleAnnotation } from '../amplitude/annotations.ts';
import { readInput } from '../boundary/values.ts';
import { outputFieldsOf } from '../zapier/fields.ts';
import { amplitudeThrough, guarded } from '../zapier/middleware.ts';

const inputFields = defineInputFields([
  {
    key: 'label',
    label: 'Label',
    type: 'string',
    required: true,
    placeholder: 'Interviews on checkout began',
    helpText: 'What the line on the chart says.',
  },
  {
    key: 'start',
    label: 'Start',
    // Not `datetime`: Zapier reads a text it can't make out as the present moment.
    type: 'string',
    required: true,
    placeholder: '2026-05-24T11:00:00Z',
    helpText: 'The date and time of the line, with its time zone (Z is UTC). Amplitude draws by the hour.',
  },
  {
    key: 'end',
    label: 'End',
    type: 'string',
    required: false,
    helpText: 'Fill this in to mark a span from Start to End in place of a line.',
  },
  {
    key: 'category',
    label: 'Category',
    type: 'string',
    required: false,
    dynamic: 'annotation_category_list.id.name',
    helpText: 'Groups lines in Amplitude. A category that is not there yet is made.',
  },
  {
    key: 'chart_id',
    label: 'Chart ID',
    type: 'string',
    required: false,
    helpText:
      'The address of a saved chart, or the part of it after `/chart/`. Leave empty to draw on all charts of the project.',
  },
  {
    key: 'details',
    label: 'Details',
    type: 'text',
    required: false,
    helpText: 'Shown when somebody opens the line, such as what the interviews found.',
  },
]);

export const perform = guarded(async (z: ZObject, bundle: Bundle) =>
  annotateCharts(amplitudeThrough(z, bundle), readInput('Amplitude', annotationInput, bundle.inputData)),
);

export default defineCreate({
  key: 'create_chart_annotation',
  noun: 'Chart Annotation',
  display: {
    label: 'Create Chart Annotation',
    description:
      'Draws a line on your Amplitude charts, such as when a study began. Testing this step draws it. Never draws the same line twice.',
  },
  operation: { inputFields, perform, sample: sampleAnnotation, outputFields: outputFieldsOf(annotationSchema) },
});
