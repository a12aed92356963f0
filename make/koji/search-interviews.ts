import type { Module } from '../language/format.ts';
import { asText, call, choose, value } from '../language/iml.ts';
import { interviewExpressions, interviewInterface, interviewOutput, interviewSamples } from './interview.ts';
import { isListed, listAnswer, listPages, PAGE_SIZE, REACH } from './watch-interviews.ts';

const email = call('trim', asText('parameters.respondent_email'));
const id = asText('parameters.respondent_id');
const { respondent_email, respondent_id } = interviewExpressions('item');
const isEmpty = `trim(${id}) = ''`;

/** Koji filters, and each result is compared again: no other person's answers may come through. */
const fits = `((${email} = '') | (lower(${asText(respondent_email)}) = lower(${email}))) & ((${isEmpty}) | (${asText(respondent_id)} = ${id}))`;

/** A person's interviews, analyzed or not. */
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
          condition: value(`(${email} != '') | !(${isEmpty})`),
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
        external_id: value(choose(isEmpty, 'ignore', id)),
        limit: PAGE_SIZE,
      },
      response: {
        ...listAnswer,
        iterate: { container: '{{body.interviews}}', condition: value(`(${isListed}) & ${fits}`) },
        limit: '{{parameters.limit}}',
        output: interviewOutput('item'),
      },
    },
  ],
  interface: interviewInterface,
  samples: interviewSamples,
};
