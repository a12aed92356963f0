import * as z from 'zod';
import { startStatus } from '../../koji/contract.ts';
import type { Answer, Call } from '../server.ts';
import { invalid, notFound, readBody, refuse } from './answers.ts';
import type { KojiBehavior } from './behavior.ts';
import { beginInterview, existingInterview, price, type Stored, startBody } from './interviews.ts';
import type { Project } from './projects.ts';
import type { KojiState } from './state.ts';

/** `POST /interviews/start`, documented as an endpoint: K2, K3, K4, K13. */
export const answerStart = (koji: KojiState, project: Project, call: Call): Answer => {
  const { behavior } = koji;
  const read = readBody(call, startBody, behavior.invalidBody);
  if (!read.ok) return read.answer;
  const { body } = read;

  if (body.project_id !== undefined && body.project_id !== project.id) return notFound('The project');
  if (body.guide_id !== undefined && !project.studies.some(({ id }) => id === body.guide_id)) {
    return notFound('The guide');
  }

  const existing = existingInterview(koji, project, body);
  if (existing !== undefined) return answerExisting(existing, behavior);

  if (project.credits < price(body.mode ?? 'text')) {
    return refuse(behavior.withoutCredits, 'insufficient_credits', 'There are not enough credits for this interview.');
  }
  return { status: startStatus.created, body: started(beginInterview(koji, project, body), behavior) };
};

/** K3: the same respondent of the same project gets no second interview. */
const answerExisting = (stored: Stored, behavior: KojiBehavior): Answer => {
  if (behavior.existing === 'returned') return { status: startStatus.existing, body: started(stored, behavior) };
  const conflict = { error: 'interview_exists', message: 'This respondent already has an interview.' };
  return {
    status: startStatus.conflict,
    body:
      behavior.existing === 'conflict-with-id'
        ? { ...conflict, interview_id: stored.interview.interview_id }
        : conflict,
  };
};

/** Documented: `interview_id`, `session_token`, `initial_message`. K4: perhaps a link. */
const started = ({ interview, sessionToken }: Stored, behavior: KojiBehavior): object => {
  const { linkName, saysStartedAt, startShape } = behavior;
  const answer = {
    interview_id: interview.interview_id,
    session_token: sessionToken,
    initial_message: `Hi! Thank you for taking the time to talk about “${interview.study_name}”.`,
    ...(linkName === null ? {} : { [linkName]: `https://koji.so/i/${interview.interview_id}` }),
    ...(saysStartedAt ? { started_at: interview.started_at } : {}),
  };
  return startShape === 'wrapped' ? { interview: answer } : answer;
};

/** `GET /interviews/:id`: documented as an endpoint; K11, K12 for its shape. Another project's interview is not found. */
export const answerInterview = (koji: KojiState, project: Project, interviewId: string): Answer => {
  const { behavior } = koji;
  const found = koji.byId.get(interviewId);
  const stored = found?.project === project ? found : undefined;
  if (stored === undefined) return notFound('The interview');
  const { interview } = stored;
  return { status: 200, body: behavior.interviewShape === 'wrapped' ? { interview } : interview };
};

/** K6 names the parameters; how many make a page by default and at most is chosen here. */
const listQuery = z.object({
  status: z.string().optional(),
  respondent_email: z.string().optional(),
  external_id: z.string().optional(),
  study_id: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().optional(),
});

/** K6: `GET /interviews?status=…&limit=…&cursor=…`, newest analyzed first. Where the plan has no list: 404. */
export const answerList = ({ interviews, behavior }: KojiState, project: Project, call: Call): Answer => {
  if (!project.plan.list) return notFound(`${call.method} ${call.path}`);
  const query = listQuery.safeParse(Object.fromEntries(call.query));
  if (!query.success) return invalid(query.error, behavior.invalidBody);
  const { status, respondent_email, external_id, study_id, limit, cursor } = query.data;

  const matching = interviews
    .filter((stored) => stored.project === project)
    .map(({ interview }) => interview)
    .filter(
      (interview) =>
        (status === undefined || interview.status === status) &&
        (respondent_email === undefined || interview.respondent_email === respondent_email) &&
        (external_id === undefined || interview.respondent.external_id === external_id) &&
        (study_id === undefined || interview.study_id === study_id),
    )
    .reverse()
    .sort((one, other) => analyzedAt(other) - analyzedAt(one));

  // The cursor names the last interview of the page before, so that new ones do not shift the pages after it.
  const last = cursor === undefined ? null : Buffer.from(cursor, 'base64url').toString();
  const before = matching.findIndex(({ interview_id }) => interview_id === last);
  if (last !== null && before === -1) return refuse(behavior.invalidBody, 'invalid_cursor', 'The cursor is unknown.');

  const page = matching.slice(before + 1, before + 1 + limit);
  const more = before + 1 + limit < matching.length;
  const end = page.at(-1);
  return {
    status: 200,
    body: {
      interviews: page,
      next_cursor: more && end !== undefined ? Buffer.from(end.interview_id).toString('base64url') : null,
    },
  };
};

/** Interviews without analysis come last. */
const analyzedAt = ({ analyzed_at }: { analyzed_at: string | null }): number =>
  analyzed_at === null ? Number.MIN_SAFE_INTEGER : Date.parse(analyzed_at);
