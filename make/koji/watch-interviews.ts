import { ANALYSED_STATUS, KOJI_API_URL, paths, permissions } from '../../koji/contract.ts';
import type { Module, RequestStep } from '../format.ts';
import { value } from '../iml.ts';
import { kojiData, kojiErrors } from './errors.ts';
import { gateReason, interviewInterface, interviewOutput, interviewSamples, momentOrNull } from './interview.ts';
import { gateParameters } from './watch-analyzed-interviews.ts';

const PAGE_SIZE = 100;
const MOST_PAGES = 5;

/** One page of Koji's list after the other (K6); Make asks the condition after a page and before the next (§2.6). */
export const listPages = {
  url: `${KOJI_API_URL}${paths.list}`,
  method: 'GET',
  pagination: {
    qs: { cursor: '{{body.next_cursor}}' },
    condition: `{{body.next_cursor & (pagination.page <= ${MOST_PAGES})}}`,
  },
} as const;

/** How far a module looks, in words. */
export const REACH = `The last ${PAGE_SIZE * MOST_PAGES} interviews are looked through.`;

export const listAnswer = {
  valid: kojiData('isArray(body.interviews)'),
  error: kojiErrors(permissions.read),
};

const request: RequestStep = { ...listPages, qs: { status: ANALYSED_STATUS, limit: PAGE_SIZE } };

const reason = gateReason('item', null, {
  minimum: 'parameters.minimum_quality',
  sentiments: 'ifempty(parameters.sentiments, emptyarray)',
  skipAnonymous: 'ifempty(parameters.skip_anonymous, false)',
});

/** The twin of the webhook for plans that have none; it rests on a list that Koji has not documented (K6). */
export const watchInterviews: Module = {
  id: 'watchInterviews',
  kind: 'trigger',
  label: 'Watch interviews (beta)',
  description:
    'Triggers when a new analysis of an interview is found that passes your gate, on plans without webhooks.',
  connection: 'koji',
  staticParameters: [
    ...gateParameters,
    {
      name: 'limit',
      label: 'Limit',
      type: 'uinteger',
      default: 10,
      help: `The number of results of one run. ${REACH}`,
    },
  ],
  communication: {
    ...request,
    response: {
      ...listAnswer,
      iterate: { container: '{{body.interviews}}', condition: value(`(${reason}) = null`) },
      limit: '{{parameters.limit}}',
      trigger: {
        type: 'date',
        order: 'unordered',
        id: '{{item.interview_id}}',
        // At most 512 characters.
        date: '{{if(item.analyzed_at, parseDate(item.analyzed_at), now)}}',
      },
      output: interviewOutput('item', null),
    },
  },
  epoch: {
    ...request,
    response: {
      ...listAnswer,
      iterate: { container: '{{body.interviews}}' },
      limit: String(PAGE_SIZE),
      output: {
        label: '{{ifempty(item.respondent.display_name, item.interview_id)}}',
        date: value(momentOrNull('item.analyzed_at')),
      },
    },
  },
  interface: interviewInterface,
  samples: interviewSamples,
};
