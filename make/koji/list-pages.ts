/** Koji's list of interviews, as modules and dropdowns read it. */
import { KOJI_API_URL, MISSING_ENDPOINT, paths, REFUSED_FILTER } from '../../koji/contract.ts';
import { kojiFindings } from '../../koji/errors.ts';
import { forEach, statusError } from '../language/errors.ts';
import type { ResponseDirective } from '../language/format.ts';
import { quoted } from '../language/iml.ts';
import { kojiData, ofKoji, otherKojiErrors } from './errors.ts';

export const PAGE_SIZE = 100;
const MOST_PAGES = 5;

/** One page of Koji's list. */
export const listPage = { url: `${KOJI_API_URL}${paths.list}`, method: 'GET' } as const;

/** One page after the other; Make asks the condition after a page and before the next (M18). */
export const listPages = {
  ...listPage,
  pagination: {
    qs: { cursor: '{{body.next_cursor}}' },
    condition: `{{body.next_cursor & (pagination.page <= ${MOST_PAGES})}}`,
  },
} as const;

/** How far a module looks, in words. */
export const REACH = `The last ${PAGE_SIZE * MOST_PAGES} interviews are looked through.`;

/** What a list must be, and that there may be none; `instead` is what there is to do then. */
export const listAnswer = (instead: string): Required<Pick<ResponseDirective, 'valid' | 'error'>> => ({
  valid: kojiData('ifempty(body.interviews, null) != null'),
  error: {
    ...otherKojiErrors,
    ...forEach([...MISSING_ENDPOINT], (status) =>
      statusError(kojiFindings.noList, status, { instead: quoted(instead) }),
    ),
  },
});

/** What a module says in place of a list. */
export const listed = listAnswer('Save Interview ID of Start an interview, and read it later with Get an interview.');

const OR_THE_STUDY =
  "{{if(parameters.study_id, ' Koji may have no such Study: choose another one, or leave Study empty.', '')}}";

/** The same where a study may be chosen, which Koji refuses in one of several ways. */
export const listedOfStudy = {
  ...listed,
  error: {
    ...listed.error,
    ...forEach([...REFUSED_FILTER], (status) => {
      const { message, type } = listed.error[`${status}`] ?? ofKoji(status);
      return { message: `${message}${OR_THE_STUDY}`, type };
    }),
  },
};
