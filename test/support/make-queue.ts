/** Makes an empty queue in the folder that it is given, as a forwarder does when it starts there; see empty-queue.ts. */
import { openEngine } from '../../forwarder/store/engine.ts';
import { openFolder } from '../../forwarder/store/folder.ts';

const engine = await openEngine(await openFolder(String(process.argv[2])), {
  paceKeys: { Koji: 'nobody', Amplitude: 'nobody' },
  spacingMilliseconds: 0,
  notAgainDays: undefined,
  onError: (error) => {
    throw error;
  },
});
await engine.close();
