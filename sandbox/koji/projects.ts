import { errorCodes, kojiAuthorization, permissions } from '../../koji/contract.ts';
import type { Answer, Call } from '../server.ts';
import { refuse } from './answers.ts';
import type { KojiState } from './state.ts';

export type Study = { id: string; name: string };

/** One project, several keys; documented: one project per key, permissions per key. */
export type Project = {
  id: string;
  /** The first is the one that the API starts interviews of, unless the older body's `guide_id` names another. */
  studies: [Study, ...Study[]];
  keys: { key: string; permissions: string[] }[];
  /** Documented: webhooks depend on the plan. K6, assumed: so may the list of interviews. */
  plan: { webhooks: boolean; list: boolean };
  /** Documented: a text interview costs 1 credit, a voice interview 3. */
  credits: number;
};

export const sandboxKeys = {
  full: 'pk_live_sandbox_full',
  startOnly: 'pk_live_sandbox_start_only',
  readOnly: 'pk_live_sandbox_read_only',
  /** Documented: older pages show keys that begin `koji_sk_`. */
  olderForm: 'koji_sk_sandbox_full',
  /** A key of the project whose plan has neither webhooks nor a list. */
  smallPlan: 'pk_live_sandbox_small_plan',
};

/** Fresh copies: the sandbox spends their credits. */
export const sandboxProjects = (): Project[] => [
  {
    id: 'prj_sandbox',
    studies: [
      { id: 'stu_6b1e07', name: 'Why trials end' },
      { id: 'stu_9c44d2', name: 'Why teams stay' },
    ],
    keys: [
      { key: sandboxKeys.full, permissions: [permissions.start, permissions.read] },
      { key: sandboxKeys.startOnly, permissions: [permissions.start] },
      { key: sandboxKeys.readOnly, permissions: [permissions.read] },
      { key: sandboxKeys.olderForm, permissions: [permissions.start, permissions.read] },
    ],
    plan: { webhooks: true, list: true },
    credits: Number.POSITIVE_INFINITY,
  },
  {
    id: 'prj_small',
    studies: [{ id: 'stu_0a77f1', name: 'First impressions' }],
    keys: [{ key: sandboxKeys.smallPlan, permissions: [permissions.start, permissions.read] }],
    plan: { webhooks: false, list: false },
    credits: Number.POSITIVE_INFINITY,
  },
];

/** The one with this id, or else the first; throws when there is none. */
export const findProject = ({ projects }: KojiState, projectId?: string): Project => {
  const project = projectId === undefined ? projects[0] : projects.find(({ id }) => id === projectId);
  if (project === undefined) throw new Error(`The sandbox has no project ${projectId}.`);
  return project;
};

/** Who is calling. */
export type Caller = { project: Project; key: string; permissions: string[] };

/** Documented: `Authorization: Bearer pk_live_…` (https://www.koji.so/docs/api-authentication). */
export const identify = (projects: readonly Project[], call: Call): Caller | null => {
  for (const project of projects) {
    const found = project.keys.find(({ key }) => call.headers.authorization === kojiAuthorization(key));
    if (found !== undefined) return { project, ...found };
  }
  return null;
};

/** Documented: 401 `unauthorized`. */
export const unauthorized = (): Answer => refuse(401, errorCodes.unauthorized, 'Missing or invalid API key.');

/** Documented: 403 `forbidden` when the key lacks the permission. Null when it has it. */
export const lacks = (caller: Caller, permission: string): Answer | null =>
  caller.permissions.includes(permission)
    ? null
    : refuse(403, errorCodes.forbidden, `This API key lacks the ${permission} permission.`);
