/**
 * `npm run doctor`: reads a real account, with the keys in `.env`, and says of each thing that the product takes for
 * granted whether it is so. Exit code 1 when something is wrong, 2 when a key is missing.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { hostsOf, regions } from '../amplitude/hosts.ts';
import { VendorFailure } from '../boundary/failure.ts';
import { fetchSend } from '../boundary/fetch.ts';
import { kojiUrl } from '../koji/api.ts';
import { kojiAuthorization } from '../koji/contract.ts';
import { commandLine } from '../scripts/command-line.ts';
import { type Connection, connectionOf } from '../zapier/connection.ts';
import type { Check } from './check.ts';
import { examineAmplitude, examineKoji, NOT_BY_READING } from './checks.ts';
import { examinePerson } from './person.ts';

const PREFIX = 'authData_';
const { interview, person } = commandLine({
  called: 'npm run doctor',
  does: 'Reads the account whose keys are in .env and says of each assumption whether it holds. Nothing is written.',
  takes: z.object({
    interview: z.string().optional().describe('the id of one to look at, where there is no list'),
    person: z
      .string()
      .regex(/\S/)
      .optional()
      .describe('an Amplitude user id: reads that person back, and nothing else'),
  }),
});

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

/** What the doctor reads by, in the small letters of the connection; the forwarder's settings have the same names in capitals. */
const READ_BY = ['koji_api_key', 'amplitude_api_key', 'amplitude_secret_key', 'amplitude_region'];
/** The connection's fields in `.env`: the forwarder's settings, else as Zapier's CLI reads them. */
const authData = Object.fromEntries(
  READ_BY.map((name) => [
    name,
    [process.env[name.toUpperCase()], process.env[`${PREFIX}${name}`]].find((value) => value?.trim()),
  ]),
);

const connectionOrExit = (): Connection => {
  try {
    return connectionOf(authData);
  } catch (error) {
    if (!(error instanceof VendorFailure)) throw error;
    console.error(
      `${error.message}\nCopy .env.example to .env and fill in ${PREFIX}koji_api_key at least (KOJI_API_KEY for the forwarder), or run npm run sandbox -- --write-env.`,
    );
    process.exit(2);
  }
};

const connection = connectionOrExit();
/** An id that is shorter would be found in words and numbers, too. */
const SHORTEST_HIDDEN = 5;
const secrets = [
  connection.koji_api_key,
  connection.amplitude_api_key,
  connection.amplitude_secret_key,
  interview,
  person,
].filter((secret) => secret !== undefined && secret.length >= SHORTEST_HIDDEN);

/** The checks show no secret by themselves; this is the second lock. */
const masked = (text: string): string =>
  secrets.reduce<string>((line, secret) => (secret === undefined ? line : line.replaceAll(secret, '•••')), text);

const show = ({ id, question, verdict, saw, edit }: Check): void => {
  print(masked(`${verdict.padEnd(9)}  ${id}: ${question}`));
  print(masked(`           saw: ${saw}${verdict === 'confirmed' ? '' : `; to mend: ${edit}`}`));
};

const url = kojiUrl(process.env);
const { amplitude_api_key: apiKey, amplitude_secret_key: secretKey, amplitude_region: region } = connection;
const hosts = hostsOf(region, process.env);
const basic = `Basic ${Buffer.from(`${apiKey}:${secretKey}`).toString('base64')}`;

print(`Reading Koji at ${new URL(url).host} and Amplitude at ${new URL(hosts.rest).host}. Nothing is written.\n`);
const now = () => performance.now();
const koji = { send: fetchSend(kojiAuthorization(connection.koji_api_key), [url]), url, now };
/** Amplitude's way to people is open to both keys only. */
const examineOne = (userId: string): Promise<Check[]> => {
  if (apiKey !== undefined && secretKey !== undefined) {
    const amplitude = { send: fetchSend(basic, [hosts.rest]), host: hosts.rest };
    return examinePerson({ amplitude, koji, userId, now: Date.now });
  }
  console.error(
    `To read a person back, fill in ${PREFIX}amplitude_api_key and ${PREFIX}amplitude_secret_key in .env, or the forwarder's AMPLITUDE_API_KEY and AMPLITUDE_SECRET_KEY.`,
  );
  process.exit(2);
};
const examineAll = async (): Promise<Check[]> => [
  ...(await examineKoji({
    koji,
    stranger: { send: fetchSend(null, []), url, now },
    interviewId: interview,
    madeUp: randomUUID(),
  })),
  await examineAmplitude({
    send: fetchSend(
      secretKey === undefined ? null : basic,
      regions.map((place) => hostsOf(place, process.env).rest),
    ),
    apiKey,
    secretKey,
    region,
    hostsOf: (place) => hostsOf(place, process.env),
  }),
];
const checks = person === undefined ? await examineAll() : await examineOne(person);
for (const check of checks) show(check);

const count = (wanted: Check['verdict']): number => checks.filter(({ verdict }) => verdict === wanted).length;
print(`\n${count('confirmed')} confirmed, ${count('wrong')} wrong, ${count('unknown')} unknown.`);
if (person === undefined) print(`Not asked, because only a start or a delivery can show it: ${NOT_BY_READING}.`);
if (person === undefined && count('wrong') > 0) {
  print(
    'What is wrong is mended at the place named; where it is the shape of an interview, in koji/sample.ts as well.',
  );
}
process.exitCode = count('wrong') === 0 ? 0 : 1;
