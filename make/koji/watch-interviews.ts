import { ANALYZED_STATUS, KOJI_API_URL, MISSING_ENDPOINT, paths } from '../../koji/contract.ts';
import { kojiFindings } from '../../koji/errors.ts';
import { statusError } from '../language/errors.ts';
import type { Module, RequestStep } from '../language/format.ts';
import { limit } from '../language/values.ts';
import { kojiData, otherKojiErrors } from './errors.ts';
import { IS_GOOD, interviewInterface, interviewSamples, LISTED_NAME, listedOutput, NONE } from './interview.ts';
import { minimumQuality } from './watch-analyzed-interviews.ts';

export const PAGE_SIZE = 100;
const MOST_PAGES = 5;

/** One page of Koji's list after the other; Make asks the condition after a page and before the next (M18). */
export const listPages = {
  temp: NONE,
  url: `${KOJI_API_URL}${paths.list}`,
  method: 'GET',
  pagination: {
    qs: { cursor: '{{body.next_cursor}}' },
    condition: `{{body.next_cursor & (pagination.page <= ${MOST_PAGES})}}`,
  },
} as const;

/** How far a module looks, in words. */
export const REACH = `The last ${PAGE_SIZE * MOST_PAGES} interviews are looked through.`;

const instead = "'Use Watch analyzed interviews and Get an interview instead.'";

/** What a list must be, and that there may be none. */
export const listAnswer = {
  valid: kojiData('ifempty(body.interviews, null) != null'),
  error: {
    ...otherKojiErrors,
    ...Object.fromEntries(
      [...MISSING_ENDPOINT].map((status) => [status, statusError(kojiFindings.noList, status, { instead })]),
    ),
  },
};

const request: RequestStep = { ...listPages, qs: { status: ANALYZED_STATUS, limit: PAGE_SIZE } };

/** The twin of the webhook for plans that have none; it rests on a list that Koji has not documented. */
export const watchInterviews: Module = {
  id: 'watchInterviews',
  kind: 'trigger',
  label: 'Watch interviews (beta)',
  description: `Triggers when a new analysis of an interview is found that is good enough, on plans without webhooks. ${REACH}`,
  connection: 'koji',
  staticParameters: [
    minimumQuality('Koji scores each interview from 1 to 5. Lower ones, and those without a score, are left out.'),
    limit,
  ],
  communication: {
    ...request,
    response: {
      ...listAnswer,
      iterate: {
        container: '{{body.interviews}}',
        condition: `{{if(item.interview_id & ifempty(item.analyzed_at, item.completed_at), ${IS_GOOD}, false)}}`,
      },
      limit: '{{parameters.limit}}',
      trigger: {
        type: 'date',
        order: 'unordered',
        id: '{{item.interview_id}}',
        date: '{{parseDate(ifempty(item.analyzed_at, item.completed_at))}}',
      },
      output: listedOutput,
    },
  },
  epoch: {
    ...request,
    response: {
      ...listAnswer,
      iterate: { container: '{{body.interviews}}', condition: '{{item.interview_id}}' },
      limit: String(PAGE_SIZE),
      output: {
        label: LISTED_NAME,
        date: '{{if(item.analyzed_at, parseDate(item.analyzed_at), null)}}',
      },
    },
  },
  interface: interviewInterface,
  samples: interviewSamples,
};
