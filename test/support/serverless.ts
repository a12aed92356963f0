/** Asks what Lambda and Vercel share so often at once, with the settings of the environment, and goes on until it is ended. */
import { answer } from '../../forwarder/hosts/serverless.ts';

const ask = async (): Promise<string> => {
  const given = await answer(new Request('http://forwarder/healthz'));
  return `${given.status} ${await given.text()}`;
};
const answers = await Promise.all(Array.from({ length: Number(process.argv[2]) }, ask));
process.stdout.write(`${answers.join('\n')}\nall were answered\n`);
setInterval(() => {}, 1_000);
