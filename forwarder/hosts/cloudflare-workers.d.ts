/** The one thing of Cloudflare's runtime that has to be imported from it; its types as a package would redefine Node's. */
declare module 'cloudflare:workers' {
  import type { DurableObjectState } from '@cloudflare/workers-types';

  export abstract class DurableObject {
    protected ctx: DurableObjectState;
    constructor(ctx: DurableObjectState, environment: unknown);
  }
}
