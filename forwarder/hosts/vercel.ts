/** Vercel: one function for every address; its cron calls `/work` with the secret that Vercel keeps in CRON_SECRET. */
import { isOneOfSecrets } from '../../boundary/secrets.ts';
import { answer, workOnQueue } from './serverless.ts';

const work = async (request: Request): Promise<Response> => {
  const secret = process.env.CRON_SECRET ?? '';
  if (secret === '' || !isOneOfSecrets(request.headers.get('authorization') ?? '', [`Bearer ${secret}`])) {
    return Response.json({ error: 'unauthorized', message: 'Only the cron of Vercel calls this.' }, { status: 401 });
  }
  await workOnQueue();
  return Response.json({ status: 'worked' });
};

export default {
  fetch: (request: Request): Promise<Response> =>
    new URL(request.url).pathname === '/work' ? work(request) : answer(request),
};
