import { ANALYZED_STATUS } from '../../koji/contract.ts';
import type { Rpc } from '../language/format.ts';
import { isDate } from '../language/values.ts';
import { LISTED, LISTED_NAME } from './interview.ts';
import { listAnswer, listPage, PAGE_SIZE } from './list-pages.ts';

/** The choices of a field that takes an interview: one page of Koji's list. */
export const listInterviews: Rpc = {
  id: 'listInterviews',
  label: 'List interviews',
  connection: 'koji',
  communication: {
    temp: LISTED,
    ...listPage,
    qs: { status: ANALYZED_STATUS, limit: PAGE_SIZE },
    response: {
      ...listAnswer("Type in the interview's ID, or map it."),
      iterate: { container: '{{body.interviews}}', condition: '{{item.interview_id}}' },
      limit: String(PAGE_SIZE),
      output: {
        label: `${LISTED_NAME}{{if(${isDate('item.completed_at')}, ', ' + formatDate(parseDate(item.completed_at), 'D MMMM YYYY', 'UTC'), '')}}`,
        value: '{{toString(item.interview_id)}}',
      },
    },
  },
};
