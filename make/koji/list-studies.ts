import { ANALYZED_STATUS } from '../../koji/contract.ts';
import type { Parameter, Rpc } from '../language/format.ts';
import { isDate } from '../language/values.ts';
import { listAnswer, listPage, PAGE_SIZE } from './list-pages.ts';

const LAST = 'ifempty(item.completed_at, item.started_at)';

/** The choices of a field that takes a study: those among one page of Koji's interviews, because it lists no studies. */
export const listStudies: Rpc = {
  id: 'listStudies',
  label: 'List studies',
  connection: 'koji',
  communication: {
    ...listPage,
    qs: { status: ANALYZED_STATUS, limit: PAGE_SIZE },
    response: {
      ...listAnswer("Type in the study's ID: each interview shows its own as Study ID."),
      iterate: { container: "{{distinct(body.interviews, 'study_id')}}", condition: '{{item.study_id}}' },
      limit: String(PAGE_SIZE),
      output: {
        label: `{{ifempty(item.study_name, item.study_id)}} (latest interviews: {{length(map(body.interviews, 'study_id', 'study_id', item.study_id))}} of {{length(body.interviews)}}{{if(${isDate(LAST)}, ', last one ' + formatDate(parseDate(${LAST}), 'D MMMM YYYY', 'UTC'), '')}})`,
        value: '{{toString(item.study_id)}}',
      },
    },
  },
};

/** The one study whose interviews a module takes; to be typed in where there is no list. */
export const study = {
  name: 'study_id',
  label: 'Study',
  type: 'text',
  help: 'For example, `stu_6b1e07`. Only interviews of this study; each interview shows its own as **Study ID**. If empty, all studies.',
} satisfies Parameter;

/** The same where studies can be listed: they can be chosen, and another one typed in. */
export const studyFromList = {
  ...study,
  type: 'select',
  editable: true,
  mode: 'edit',
  options: { store: `rpc://${listStudies.id}` },
} satisfies Parameter;

/** What people chose, as a `temp` value. */
export const CHOSEN_STUDY = "{{trim(ifempty(parameters.study_id, ''))}}";

/** Whether a listed interview is of the study in `temp.of`, whatever Koji was asked for. */
export const IS_OF_STUDY = "(!temp.of | '' + item.study_id = temp.of)";
