import { ANALYZED_STATUS } from '../../koji/contract.ts';
import type { Rpc } from '../language/format.ts';
import { call, choose, quoted, value } from '../language/iml.ts';
import { wireText } from '../language/values.ts';
import { interviewExpressions } from './interview.ts';
import { isListed, listAnswer, listPages, nameOf, PAGE_SIZE } from './watch-interviews.ts';

const { completed_at, started_at } = interviewExpressions('item');
const when = call('ifempty', completed_at, started_at);
const day = choose(
  `(${when}) = null`,
  quoted(''),
  `', ' + ${call('formatDate', when, quoted('D MMMM YYYY'), quoted('UTC'))}`,
);

/** The choices of a field that takes an interview: one page of Koji's list. */
export const listInterviews: Rpc = {
  id: 'listInterviews',
  label: 'List interviews',
  connection: 'koji',
  parameters: [],
  communication: {
    url: listPages.url,
    method: listPages.method,
    qs: { status: ANALYZED_STATUS, limit: PAGE_SIZE },
    response: {
      ...listAnswer,
      iterate: { container: '{{body.interviews}}', condition: value(isListed) },
      limit: String(PAGE_SIZE),
      output: {
        label: value(`${nameOf('item')} + ${day}`),
        value: value(wireText('item.interview_id')),
      },
    },
  },
};
