import { ANALYZED_STATUS, KOJI_API_URL, MISSING_ENDPOINT, paths, permissions } from '../../koji/contract.ts';
import { noList } from '../../koji/list.ts';
import { statusError } from '../language/errors.ts';
import type { Module, RequestStep } from '../language/format.ts';
import { asText, call, choose, firstOf, matches, quoted, value } from '../language/iml.ts';
import { momentOrNull, wireText } from '../language/values.ts';
import { kojiData, kojiErrors } from './errors.ts';
import {
  gateReason,
  interviewExpressions,
  interviewInterface,
  interviewOutput,
  interviewSamples,
} from './interview.ts';
import { gateParameters } from './watch-analyzed-interviews.ts';

export const PAGE_SIZE = 100;
const MOST_PAGES = 5;

/** One page of Koji's list after the other; Make asks the condition after a page and before the next (M18). */
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

const missing = noList('Use Watch analyzed interviews and Get an interview instead.');

export const listAnswer = {
  valid: kojiData('isArray(body.interviews)'),
  error: {
    ...kojiErrors(permissions.read),
    ...Object.fromEntries([...MISSING_ENDPOINT].map((status) => [status, statusError(missing, '')])),
  },
};

/** Whether an entry of the list is an interview at all. */
export const isListed = `${wireText('item.interview_id')} != ''`;

const request: RequestStep = { ...listPages, qs: { status: ANALYZED_STATUS, limit: PAGE_SIZE } };

const reason = gateReason(
  'item',
  {},
  {
    minimum: 'parameters.minimum_quality',
    sentiments: 'ifempty(parameters.sentiments, emptyarray)',
    skipAnonymous: 'ifempty(parameters.skip_anonymous, false)',
  },
);

const WHEN = 'ifempty(item.analyzed_at, item.completed_at)';
/** The moment in at most 512 characters, which is all that Make takes here; `isDated` makes sure that it is one. */
const DATE = choose(
  `contains(${WHEN}, '-')`,
  call(
    'parseDate',
    `${WHEN} + if(replace(${WHEN}, '/.*(Z|[+-]..:?..)$/i', '') = '', '', if(length(${WHEN}) = 10, 'T00:00:00Z', 'Z'))`,
  ),
  call('parseDate', WHEN, choose(`length(toString(${WHEN})) > 11`, quoted('x'), quoted('X'))),
);
const moment = momentOrNull(WHEN);
/** A date in the future would have Make take everything after it for old; a space before the zone is too much for it. */
const isDated = `if((${moment}) = null, false, ((${moment}) <= now) & !(${matches(asText(WHEN), '.* [Zz+-].*')}))`;

/** How people tell interviews apart; of an anonymous one nothing is shown. */
export const nameOf = (root: string): string => {
  const { respondent_name, respondent_email, respondent_id } = interviewExpressions(root);
  return firstOf(respondent_name, respondent_email, respondent_id, quoted('Anonymous'));
};

/** The twin of the webhook for plans that have none; it rests on a list that Koji has not documented. */
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
      iterate: {
        container: '{{body.interviews}}',
        condition: value(`(${isListed}) & ((${reason}) = null) & (${isDated})`),
      },
      limit: '{{parameters.limit}}',
      trigger: {
        type: 'date',
        order: 'unordered',
        id: '{{item.interview_id}}',
        date: value(DATE),
      },
      output: interviewOutput('item'),
    },
  },
  epoch: {
    ...request,
    response: {
      ...listAnswer,
      iterate: { container: '{{body.interviews}}', condition: value(isListed) },
      limit: String(PAGE_SIZE),
      output: {
        label: value(nameOf('item')),
        date: value(momentOrNull(WHEN)),
      },
    },
  },
  interface: interviewInterface,
  samples: interviewSamples,
};
