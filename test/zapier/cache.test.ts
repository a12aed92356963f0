import { fromCache } from '../../zapier/cache.ts';

test('what the cache knows is handed on, and nothing of the asking keeps the step awake after that', async () => {
  const awake = process.getActiveResourcesInfo();
  await expect(fromCache(Promise.resolve('known'))).resolves.toBe('known');
  expect(process.getActiveResourcesInfo()).toEqual(awake);
});

test('why the cache fails is handed on', async () => {
  await expect(fromCache(Promise.reject(new Error('Too busy.')))).rejects.toThrow('Too busy.');
});

test('a cache that hangs is given up after 2 seconds', async () => {
  const began = performance.now();
  await expect(fromCache(new Promise(() => {}))).rejects.toThrow('The cache does not answer.');
  expect(performance.now() - began).toBeGreaterThan(1_990);
  expect(performance.now() - began).toBeLessThan(20_000);
});
