/**
 * Which operations a build holds. `public`: fit for everybody. `awaiting`: fit for everybody, but resting on an endpoint
 * that its vendor has not documented yet. `private`: static hooks and what depends on a plan; only in a private build.
 */
export type OperationStatus = 'public' | 'awaiting' | 'private';
export type Build = 'public' | 'private';

/** The build this code runs in. The bundler puts a constant in the place of the variable. */
export const currentBuild = (): Build => (process.env.KOJI_BUILD === 'private' ? 'private' : 'public');
