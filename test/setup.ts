import nock from 'nock';

// Nothing but stand-ins on this machine is ever reached by a test.
beforeAll(() => {
  // What the app prints for its log on Zapier would drown the results.
  jest.spyOn(console, 'log').mockImplementation(() => {});
  nock.disableNetConnect();
  nock.enableNetConnect(/^(127\.0\.0\.1|localhost)(:\d+)?$/);
});

afterEach(() => {
  const unused = nock.pendingMocks();
  nock.abortPendingRequests();
  nock.cleanAll();
  expect(unused).toEqual([]);
});

afterAll(() => {
  nock.restore();
});
