/** Answers in the place of services, by address. Each one that a test sets up must be asked for. */
import nock from 'nock';

beforeAll(() => {
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

export default nock;
