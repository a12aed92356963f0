/** Asks what Lambda and Vercel share so often at once, or calls it as their clocks do, and goes on until it is ended. */
import host, { answer, handler } from '../../forwarder/hosts/serverless.ts';

const told = async (asked: Promise<Response>): Promise<string> => {
  const given = await asked;
  return `${given.status} ${await given.text()}`;
};
const ask = () => told(answer(new Request('http://forwarder/healthz')));
const [times = ''] = process.argv.slice(2);
const answers =
  times === 'clock'
    ? [
        await told(
          host.fetch(new Request('http://forwarder/work', { headers: { authorization: 'Bearer of-a-cron' } })),
        ),
        await Reflect.apply(handler, undefined, [{ source: 'aws.events' }, {}]).catch(String),
      ]
    : await Promise.all(Array.from({ length: Number(times) }, ask));
process.stdout.write(`${answers.join('\n')}\nall were answered\n`);
setInterval(() => {}, 1_000);
