import { KOJI_API_URL, paths, permissions } from '../../koji/contract.ts';
import type { Module } from '../language/format.ts';
import { asText, call, matches, value } from '../language/iml.ts';
import { kojiData, kojiErrors } from './errors.ts';
import { answeredInterview, interviewInterface, interviewOutput, interviewSamples, isInterview } from './interview.ts';

/** Of what an id is made: no slash or bracket, no space, no half of a character. */
const CHARACTERS = '[!-.0-Z^-~\u00a1-\ud7fb\ue000-\ufffd]';

/** Whether an id leads nowhere else as a part of an address; dots alone would. */
export const isPlainId = (id: string): string => matches(id, `(?![.]{1,2}$)${CHARACTERS}+`);

/** The same for a form, which takes spaces around it. */
const INTERVIEW_ID = { pattern: `^ *(?![.]{1,2} *$)${CHARACTERS}+ *$` };

/** The field without its type: where interviews can be listed, they can be chosen. */
export const interviewId = {
  name: 'interview_id',
  label: 'Interview ID',
  required: true,
  validate: INTERVIEW_ID,
  help: 'The modules Watch analyzed interviews and Start an interview give it.',
};

/** One interview by its id; one that is not analyzed yet is an answer. */
export const getInterview = {
  id: 'getInterview',
  kind: 'action',
  crud: 'read',
  label: 'Get an interview',
  description: 'Returns an interview by its ID. It may not be analyzed yet.',
  connection: 'koji',
  staticParameters: [],
  mappableParameters: [{ ...interviewId, type: 'text' }],
  communication: {
    url: `${KOJI_API_URL}${paths.interview('')}{{encodeURL(trim(parameters.interview_id))}}`,
    method: 'GET',
    response: {
      valid: kojiData(isInterview(call('trim', asText('parameters.interview_id')))),
      error: kojiErrors(permissions.read),
      temp: { interview: value(answeredInterview) },
      output: interviewOutput('temp.interview', { around: 'body' }),
    },
  },
  interface: interviewInterface,
  samples: interviewSamples,
} satisfies Module;
