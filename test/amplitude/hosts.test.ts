import { hostsOf, hostVariables, otherRegion, regionNames, regions } from '../../amplitude/hosts.ts';

test('an American project is written to and read from the American hosts', () => {
  expect(hostsOf('us', {})).toEqual({ ingestion: 'https://api2.amplitude.com', rest: 'https://amplitude.com' });
});

test('a European project is written to and read from the European hosts', () => {
  expect(hostsOf('eu', {})).toEqual({
    ingestion: 'https://api.eu.amplitude.com',
    rest: 'https://analytics.eu.amplitude.com',
  });
});

test('people choose between US and EU', () => {
  expect(regions).toEqual(['us', 'eu']);
  expect(regionNames).toEqual({ us: 'US', eu: 'EU' });
});

test('a key that is not of one region may be of the other', () => {
  expect(otherRegion('us')).toBe('eu');
  expect(otherRegion('eu')).toBe('us');
});

test('the variables that replace the hosts keep their names', () => {
  expect(hostVariables).toEqual({ ingestion: 'AMPLITUDE_INGESTION_URL', rest: 'AMPLITUDE_REST_URL' });
});

test.each(['us', 'eu'] satisfies ('us' | 'eu')[])('a sandbox takes the place of the hosts of region %s', (region) => {
  const environment = {
    AMPLITUDE_INGESTION_URL: 'http://127.0.0.1:4101/',
    AMPLITUDE_REST_URL: 'http://localhost:4102',
  };
  expect(hostsOf(region, environment)).toEqual({
    ingestion: 'http://127.0.0.1:4101',
    rest: 'http://localhost:4102',
  });
});

test('a replacement of one host leaves the other as it is', () => {
  expect(hostsOf('eu', { AMPLITUDE_INGESTION_URL: 'https://events.example.com', AMPLITUDE_REST_URL: '' })).toEqual({
    ingestion: 'https://events.example.com',
    rest: 'https://analytics.eu.amplitude.com',
  });
});

test.each([
  ['AMPLITUDE_INGESTION_URL', 'http://events.example.com'],
  ['AMPLITUDE_REST_URL', 'amplitude.com'],
])('%s=%s is refused, because keys would travel there in the open', (variable, url) => {
  expect(() => hostsOf('us', { [variable]: url })).toThrow(
    `${variable} must be an https address, or http on this machine`,
  );
});
