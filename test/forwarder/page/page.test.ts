/** What the page says of what happened, in the words of whoever runs the forwarder. */
import { pageOf } from '../../../forwarder/page/page.ts';

const now = Date.parse('2026-11-27T12:00:00Z');
const shows = async (what: string): Promise<string> => {
  const counts = { waiting: { start: 0, read: 0, write: 0 }, dead: 0, pauses: [] };
  const tallies = [{ hour: new Date(now), what, times: 1 }];
  return String(
    await pageOf({ now, counts, retries: [], tallies, dead: [], spacingMilliseconds: 1_100, showsPeople: false }),
  );
};

test.each([
  ['refused: signature wrong', 'KOJI_WEBHOOK_SECRET is not what Koji signs with, or it was not Koji.'],
  ['refused: signature missing', 'It came without a signature, so it was not Koji.'],
  ['refused: signature malformed', 'Its signature is of no form that Koji has, so it was not Koji.'],
  ['refused: signature stale', "It was signed more than five minutes before or after this machine's clock."],
  ['skipped: no_user_id', 'There is no user id or email of the kind that IDENTIFY_BY asks for.'],
])('%s has its sentence', async (what, sentence) => {
  expect(await shows(what)).toContain(`<th scope="row">${what}. ${sentence.replaceAll("'", '&#39;')}</th>`);
});
