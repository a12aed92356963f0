import type { Module } from '../format.ts';
import { asText, call, value } from '../iml.ts';
import { interviewInterface, interviewOutput, interviewSamples } from './interview.ts';
import { listAnswer, listPages, REACH } from './watch-interviews.ts';

const email = call('trim', asText('parameters.respondent_email'));
const id = asText('parameters.respondent_id');
const output = interviewOutput('item', null);
const seen = (key: 'respondent_email' | 'respondent_id'): string =>
  asText(String(output[key]).replace(/^\{\{|\}\}$/g, ''));

/** Koji filters (K6), and each result is compared again: no other person's answers may come through. */
const fits = `((${email} = '') | (lower(${seen('respondent_email')}) = lower(${email}))) & ((trim(${id}) = '') | (${seen('respondent_id')} = ${id}))`;

/** A person's interviews, analysed or not. */
export const searchInterviews: Module = {
  id: 'searchInterviews',
  kind: 'search',
  label: 'Search interviews (beta)',
  description: 'Returns the interviews of a person. They may not be analyzed yet.',
  connection: 'koji',
  staticParameters: [],
  mappableParameters: [
    {
      name: 'respondent_email',
      label: 'Respondent email',
      type: 'text',
      help: 'This field or Respondent ID is needed; with both, an interview has to fit both.',
    },
    {
      name: 'respondent_id',
      label: 'Respondent ID',
      type: 'text',
      help: 'The ID that Start an interview was given.',
    },
    {
      name: 'limit',
      label: 'Limit',
      type: 'uinteger',
      default: 10,
      help: `The number of results of one run. ${REACH}`,
    },
  ],
  communication: [
    {
      response: {
        valid: {
          condition: value(`(${email} != '') | (trim(${id}) != '')`),
          message:
            'There is nothing to search for: fill in Respondent Email or Respondent ID. If one is mapped, the earlier step gave nothing.',
          type: 'DataError',
        },
        output: {},
      },
    },
    {
      ...listPages,
      qs: {
        respondent_email: value(call('ifempty', email, 'ignore')),
        external_id: value(call('ifempty', id, 'ignore')),
        limit: 50,
      },
      response: {
        ...listAnswer,
        iterate: { container: '{{body.interviews}}', condition: value(fits) },
        limit: '{{parameters.limit}}',
        output,
      },
    },
  ],
  interface: interviewInterface,
  samples: interviewSamples,
};
