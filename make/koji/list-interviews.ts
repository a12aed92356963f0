import { ANALYSED_STATUS } from '../../koji/contract.ts';
import type { Rpc } from '../format.ts';
import { asText, call, firstOf, quoted, value } from '../iml.ts';
import { listAnswer, listPages } from './watch-interviews.ts';

const CHOICES = 100;

const day = call('substring', asText(firstOf('item.completed_at', 'item.started_at')), 0, 10);
const who = firstOf('item.respondent.display_name', 'item.respondent_email', quoted('Anonymous'));

/** The choices of a field that takes an interview: one page of Koji's list (K6). */
export const listInterviews: Rpc = {
  id: 'listInterviews',
  label: 'List interviews',
  connection: 'koji',
  parameters: [],
  communication: {
    url: listPages.url,
    method: listPages.method,
    qs: { status: ANALYSED_STATUS, limit: CHOICES },
    response: {
      ...listAnswer,
      iterate: { container: '{{body.interviews}}' },
      limit: String(CHOICES),
      output: {
        label: value(`${who} + ', ' + ${day}`),
        value: value(asText('item.interview_id')),
      },
    },
  },
};
