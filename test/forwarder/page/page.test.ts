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

test('a skip has the sentence of its reason', async () => {
  expect(await shows('skipped: no_user_id')).toContain(
    '<th scope="row">skipped: no_user_id. The interview has no user ID or email of the kind that IDENTIFY_BY asks for. Start interviews with the ID, or identify by something else.</th>',
  );
});
